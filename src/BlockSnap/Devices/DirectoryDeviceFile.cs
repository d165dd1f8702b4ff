using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Devices;

/// <summary>A file of a <see cref="DirectoryDevice"/>. Read, Write and Flush allocate nothing unless they fail. Thread-safe.</summary>
/// <remarks>
/// Invariant: <c>_grownToBytes</c> is at most the length of the file, as far as this handle changes it. A write that ends at or below
/// it cannot grow the file and runs without a lock; everything else that changes the length holds <c>_lengthGate</c>. That lets a failed
/// <see cref="Allocate"/> cut the file back to the length it had without cutting off what another thread appended meanwhile.
/// </remarks>
internal sealed class DirectoryDeviceFile : IDeviceFile
{
    private const int ReadAttemptsMax = 3;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private readonly Lock _lengthGate = new();

    // Bytes. Written under _lengthGate, read without it.
    private long _grownToBytes;

    // Whether reads may go through a mapping; false for good once one could not be made.
    private volatile bool _mapsReads;

    // The newest mapping. It covers the file as long as it was when a range behind the mapping before it was asked for. Set under _lengthGate.
    private FileMapping? _mapping;

    // The first failed flush; never cleared.
    private volatile IOException? _flushFailure;

    public DirectoryDeviceFile(string name, string path, SafeFileHandle handle, bool mapsReads)
    {
        Name = name;
        _mapsReads = mapsReads;
        _path = path;
        _handle = handle;
        try
        {
            _grownToBytes = Length;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(_handle);
            }
            catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
            {
                throw DeviceError.FromException(failure, $"Asking for the length of '{_path}'");
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        DeviceRange.End(offset, destination.Length);
        int done = 0;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // One call may give less than is there (a signal, 2 GiB at most); only 0 means the end of the file.
                while (done < destination.Length)
                {
                    int read = RandomAccess.Read(_handle, destination[done..], offset + done);
                    if (read == 0)
                    {
                        break;
                    }

                    done += read;
                }

                return done;
            }
            catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
            {
                // A device may read a moment later what it cannot read now; what is gone fails each time.
                if (attempt == ReadAttemptsMax)
                {
                    throw ReadFailed(failure, offset, destination.Length);
                }
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        DeviceRange.End(offset, destination.Length);
        int done = 0;
        try
        {
            while (done < destination.Length)
            {
                int read = await RandomAccess.ReadAsync(_handle, destination[done..], offset + done, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                done += read;
            }

            return done;
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure) && !cancellationToken.IsCancellationRequested)
        {
            throw ReadFailed(failure, offset, destination.Length);
        }
    }

    public ReadOnlySpan<byte> View(long offset, int length)
    {
        long end = DeviceRange.End(offset, length);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (!_mapsReads || length == 0 || end > Volatile.Read(ref _grownToBytes))
        {
            return default;
        }

        FileMapping? mapping = Volatile.Read(ref _mapping);
        if (mapping is null || end > mapping.Length)
        {
            mapping = Map();
        }

        return mapping is not null && end <= mapping.Length ? mapping.Bytes(offset, length) : default;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        long end = DeviceRange.End(offset, source.Length);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (source.IsEmpty)
        {
            return;
        }

        if (end <= Volatile.Read(ref _grownToBytes))
        {
            WriteCore(offset, source);
            return;
        }

        lock (_lengthGate)
        {
            WriteCore(offset, source);
            if (end > _grownToBytes)
            {
                Volatile.Write(ref _grownToBytes, end);
            }
        }
    }

    public void Allocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (_lengthGate)
        {
            long before = Length;
            if (length == 0)
            {
                return; // The system call refuses an empty range.
            }

            if (OperatingSystem.IsWindows())
            {
                // Setting the length reserves the space there.
                SetLengthCore(Math.Max(length, before));
            }
            else
            {
                AllocateByFallocate(length, before);
            }

            Volatile.Write(ref _grownToBytes, Math.Max(length, before));
        }
    }

    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        lock (_lengthGate)
        {
            // Lowered before the cut: no write may go by the old length and skip the lock.
            if (length < _grownToBytes)
            {
                Volatile.Write(ref _grownToBytes, length);
            }

            SetLengthCore(length);
            Volatile.Write(ref _grownToBytes, length);
        }
    }

    public bool TryGiveBack(long offset, long length)
    {
        DeviceRange.End(offset, length);
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (OperatingSystem.IsWindows())
        {
            return false;
        }

        // The system call refuses an empty range.
        int errno = length == 0 ? 0 : Libc.PunchHole(_handle, offset, length);
        if (errno == Errno.NotSupported || errno == Errno.NotImplemented)
        {
            return false;
        }

        return errno == 0 ? true : throw DeviceError.FromErrno(errno, $"Giving back {length} bytes at {offset} of '{_path}'");
    }

    public void BeginFlush()
    {
        if (OperatingSystem.IsLinux())
        {
            Libc.BeginSyncData(_handle);
        }
    }

    public void Flush()
    {
        if (_flushFailure is { } earlier)
        {
            throw new IOException(
                $"An earlier flush of '{_path}' failed, and what it lost cannot be known. Reopen the file. The first failure: {earlier.Message}",
                earlier);
        }

        if (OperatingSystem.IsWindows())
        {
            FlushOnWindows();
            return;
        }

        int errno = Libc.SyncData(_handle);
        if (errno != 0)
        {
            throw _flushFailure = DeviceError.FromErrno(errno, $"Flushing '{_path}'");
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        lock (_lengthGate)
        {
            _mapping?.Dispose();
            _mapping = null;
        }
    }

    private FileMapping? Map()
    {
        lock (_lengthGate)
        {
            long length = _grownToBytes;
            if (_mapping is { } last && last.Length >= length)
            {
                return last;
            }

            try
            {
                Volatile.Write(ref _mapping, new FileMapping(_handle, length, _mapping));
            }
            catch (Exception failure) when (failure is OutOfMemoryException || DeviceError.IsStorageFailure(failure))
            {
                _mapsReads = false; // reads go without one
            }

            return _mapping;
        }
    }

    private void WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            // Writes all of it: the framework goes on after a short write.
            RandomAccess.Write(_handle, source, offset);
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Writing {source.Length} bytes at {offset} of '{_path}'", source.Length);
        }
    }

    private void SetLengthCore(long length)
    {
        try
        {
            RandomAccess.SetLength(_handle, length);
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Setting the length of '{_path}' to {length}", length);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private void AllocateByFallocate(long length, long before)
    {
        int errno = Libc.Allocate(_handle, length);
        if (errno == 0)
        {
            return;
        }

        if (errno == Errno.NotSupported || errno == Errno.NotImplemented)
        {
            if (length > before)
            {
                SetLengthCore(length);
            }

            return;
        }

        // ext4 keeps what it got before space ran out: a longer file, or blocks past its end. Setting the length, to the same value
        // even, gives both back; without it a failed reservation would leave the file system full.
        SetLengthCore(before);
        throw DeviceError.FromErrno(errno, $"Reserving {length} bytes for '{_path}'", Math.Max(length - before, 0));
    }

    [SupportedOSPlatform("windows")]
    private void FlushOnWindows()
    {
        try
        {
#pragma warning disable RS0030 // It hides failures on Unix only; on Windows it is FlushFileBuffers with the result checked.
            RandomAccess.FlushToDisk(_handle);
#pragma warning restore RS0030
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw _flushFailure = DeviceError.FromException(failure, $"Flushing '{_path}'");
        }
    }

    private IOException ReadFailed(Exception failure, long offset, int length) =>
        DeviceError.FromException(failure, $"Reading {length} bytes at {offset} of '{_path}'");
}
