namespace BlockSnap.Testing;

/// <summary>
/// A saboteur: a device that fails the Nth call of one kind, once or from then on for ever. To fail calls of several kinds, wrap one in
/// another. Thread-safe.
/// </summary>
/// <param name="inner">The device for calls that do not fail. It is not disposed with this one.</param>
/// <param name="kind">The calls that are counted and fail.</param>
/// <param name="at">The number of the first call that fails, counted from 1; 0 when none fails.</param>
/// <param name="forever">Whether all later ones fail too.</param>
public sealed class FaultyDevice(IStorageDevice inner, DeviceCall kind, int at, bool forever) : IStorageDevice
{
    private int _calls;

    /// <inheritdoc/>
    public string Description => inner.Description;

    /// <inheritdoc/>
    public int OpenFilesMax => inner.OpenFilesMax;

    /// <summary>How many calls of that kind were made so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Whether a call has failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>How calls fail.</summary>
    public DeviceFault Fault { get; init; } = DeviceFault.Error;

    /// <summary>Whether calls are counted and fail at present.</summary>
    public bool IsArmed { get; set; } = true;

    /// <inheritdoc/>
    public bool Exists(string name) => inner.Exists(name);

    /// <inheritdoc/>
    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        Meet(DeviceCall.Open, name);
        return new FaultyFile(this, inner.Open(name, mode));
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        Meet(DeviceCall.Delete, name);
        inner.Delete(name);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => inner.List();

    /// <inheritdoc/>
    public void FlushNames()
    {
        Meet(DeviceCall.FlushNames, "the names");
        inner.FlushNames();
    }

    /// <inheritdoc/>
    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    /// <summary>Does nothing: the inner device belongs to whoever made it.</summary>
    public void Dispose()
    {
    }

    private void Meet(DeviceCall call, string name)
    {
        if (IsDue(call))
        {
            throw Fault switch
            {
                DeviceFault.NoSpace => new PoolFullException(null, null),
                DeviceFault.TooManyFiles => new TooManyFilesException($"{call} {Calls} of {name}"),
                _ => new IOException($"Injected: {call} {Calls} of {name} failed."),
            };
        }
    }

    private bool IsDue(DeviceCall call)
    {
        if (call != kind || !IsArmed)
        {
            return false;
        }

        int number = Interlocked.Increment(ref _calls);
        bool isDue = at > 0 && (number == at || (forever && number > at));
        if (isDue)
        {
            HasFailed = true; // never written otherwise: a call that succeeds at the same moment must not take this back
        }

        return isDue;
    }

    private sealed class FaultyFile(FaultyDevice device, IDeviceFile file) : ILossyFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            bool flip = MeetRead();
            int read = file.Read(offset, destination);
            if (flip && read > 0)
            {
                Flip(destination[..read]);
            }

            return read;
        }

        public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            bool flip = MeetRead();
            int read = await file.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            if (flip && read > 0)
            {
                Flip(destination.Span[..read]);
            }

            return read;
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            device.Meet(DeviceCall.Write, Name);
            file.Write(offset, source);
        }

        public void Allocate(long length)
        {
            device.Meet(DeviceCall.Allocate, Name);
            file.Allocate(length);
        }

        public void SetLength(long length)
        {
            device.Meet(DeviceCall.SetLength, Name);
            file.SetLength(length);
        }

        public bool TryGiveBack(long offset, long length)
        {
            device.Meet(DeviceCall.GiveBack, Name);
            return file.TryGiveBack(offset, length);
        }

        public void Flush()
        {
            try
            {
                device.Meet(DeviceCall.Flush, Name);
            }
            catch (IOException)
            {
                LoseUnsynced();
                throw;
            }

            file.Flush();
        }

        public void LoseUnsynced() => (file as ILossyFile)?.LoseUnsynced();

        public void Dispose() => file.Dispose();

        // Returns whether a bit is to be flipped.
        private bool MeetRead()
        {
            if (device.Fault == DeviceFault.FlippedBit)
            {
                return device.IsDue(DeviceCall.Read);
            }

            device.Meet(DeviceCall.Read, Name);
            return false;
        }

        private void Flip(Span<byte> bytes) => bytes[device.Calls * 31 % bytes.Length] ^= (byte)(1 << (device.Calls % 8));
    }
}
