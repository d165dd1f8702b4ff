using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;
using BlockSnap.Devices;

namespace BlockSnap;

/// <summary>A storage device on one directory of a file system: one file for each name.</summary>
/// <remarks>
/// <para>Thread-safe.</para>
/// <para>Durability is what the file system makes of <c>fdatasync</c> and of <c>fsync</c> on the directory (on Apple's systems of
/// F_FULLFSYNC, on Windows of FlushFileBuffers); each result is checked, as the framework does not. Ownership is a kernel lock on the
/// file <c>lock</c>, which is never deleted: deleting it by hand would let a second owner in.</para>
/// </remarks>
public sealed class DirectoryDevice : IStorageDevice
{
    private const int OpenFilesFloor = 16;
    private const int OpenFilesCeiling = 8192;

    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly string _path;

    // Open for the device's life, null on Windows. A descriptor reports the failures since it was opened, so one opened only to be
    // synced might miss one that happened before.
    private readonly SafeFileHandle? _directory;

    private volatile bool _disposed;

    /// <summary>Opens the directory.</summary>
    /// <param name="path">The directory. A relative path is resolved once, here.</param>
    /// <param name="create">Whether to create it, durably, with its parents, when it is missing.</param>
    /// <exception cref="PoolNotFoundException">The directory is missing and is not to be created.</exception>
    /// <exception cref="IOException">It cannot be created or opened.</exception>
    public DirectoryDevice(string path, bool create)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (create)
        {
            DurableDirectory.Create(_path);
        }
        else if (!Directory.Exists(_path))
        {
            throw new PoolNotFoundException(_path);
        }

        if (!OperatingSystem.IsWindows())
        {
            int errno = Libc.OpenDirectory(_path, out _directory);
            if (errno != 0)
            {
                throw DeviceError.FromErrno(errno, $"Opening the directory '{_path}'");
            }
        }
    }

    /// <inheritdoc/>
    public string Description => _path;

    /// <summary>
    /// Half of the descriptors that the process may have, 16 at least and 8,192 at most. A pool of more files closes some to open others.
    /// </summary>
    public int OpenFilesMax { get; } =
        OperatingSystem.IsWindows() ? OpenFilesCeiling : Math.Clamp(Libc.DescriptorsMax() / 2, OpenFilesFloor, OpenFilesCeiling);

    /// <summary>
    /// Whether files are read through mappings into memory: no system call for what is cached. In exchange a failure of the storage, or a file that
    /// somebody else cut short, ends the process where it would raise an exception otherwise. Default false.
    /// </summary>
    public bool MapsReads { get; init; }

    /// <inheritdoc/>
    public bool Exists(string name)
    {
        string path = PathOf(name);
        try
        {
            // Not File.Exists: that answers false for a file it could not look at, and a pool would be created over one that is there.
            return !File.GetAttributes(path).HasFlag(FileAttributes.Directory);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Looking for '{path}'");
        }
    }

    /// <inheritdoc/>
    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        string path = PathOf(name);
        FileMode fileMode = mode switch
        {
            DeviceFileMode.Open => FileMode.Open,
            DeviceFileMode.OpenOrCreate => FileMode.OpenOrCreate,
            DeviceFileMode.CreateNew => FileMode.CreateNew,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Unknown mode."),
        };

        SafeFileHandle handle;
        try
        {
            // Shared in every way, because who may open is decided by ownership of the whole directory, not file by file.
            handle = File.OpenHandle(path, fileMode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            throw;
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw Directory.Exists(path)
                ? new IOException($"Opening '{path}' failed: it is a directory where a file of the pool belongs. Move it elsewhere.", failure)
                : DeviceError.FromException(failure, $"Opening '{path}'");
        }

        ThrowIfNoFile(path, handle);
        if (OperatingSystem.IsLinux())
        {
            Libc.ForgetReads(handle);
        }

        return new DirectoryDeviceFile(name, path, handle, MapsReads);
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        string path = PathOf(name);
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Deleting '{path}'");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var names = new List<string>();
        try
        {
            var files = new FileSystemEnumerable<string>(_path, static (ref FileSystemEntry entry) => entry.FileName.ToString(), s_all)
            {
                ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory,
            };
            names.AddRange(files.Where(DeviceFileName.IsValid));
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Listing '{_path}'");
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public void FlushNames()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);

        // Windows has no way to sync a directory; NTFS journals names, and the flush of a file forces the journal out.
        if (!OperatingSystem.IsWindows())
        {
            int errno = Libc.Sync(_directory!);
            if (errno != 0)
            {
                throw DeviceError.FromErrno(errno, $"Flushing the directory '{_path}'");
            }
        }
    }

    /// <inheritdoc/>
    public IDisposable AcquireOwnership()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return DirectoryOwnership.Acquire(_path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _directory?.Dispose();
    }

    private static void ThrowIfNoFile(string path, SafeFileHandle handle)
    {
        try
        {
            RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException failure)
        {
            handle.Dispose();
            throw new IOException($"Opening '{path}' failed: it is no regular file. Move it elsewhere.", failure);
        }
    }

    private string PathOf(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DeviceFileName.ThrowIfInvalid(name);
        return Path.Join(_path, name);
    }
}
