namespace BlockSnap.Tests.Infrastructure;

/// <summary>
/// A saboteur: a device that fails the Nth call of one kind, once or from then on for ever, or that runs out of space.
/// Not thread-safe: for pools without background work.
/// </summary>
/// <param name="inner">Where the calls go that do not fail. It outlives this device.</param>
/// <param name="kind">The calls that are counted and fail.</param>
/// <param name="at">The number of the first call that fails, from 1; 0 for none.</param>
/// <param name="forever">Whether all later ones fail too.</param>
internal sealed class FaultyDevice(IStorageDevice inner, DeviceCall kind, int at, bool forever) : IStorageDevice
{
    public string Description => inner.Description;

    /// <summary>Calls of the kind so far.</summary>
    public int Calls { get; private set; }

    public bool HasFailed { get; private set; }

    /// <summary>Whether the failures are for want of space.</summary>
    public bool IsFull { get; init; }

    /// <summary>Whether calls are counted and fail at present.</summary>
    public bool IsArmed { get; set; } = true;

    public bool Exists(string name) => inner.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        Meet(DeviceCall.Open, name);
        return new FaultyFile(this, inner.Open(name, mode));
    }

    public void Delete(string name)
    {
        Meet(DeviceCall.Delete, name);
        inner.Delete(name);
    }

    public IReadOnlyList<string> List() => inner.List();

    public void FlushNames()
    {
        Meet(DeviceCall.FlushNames, "the names");
        inner.FlushNames();
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    public void Dispose()
    {
    }

    private void Meet(DeviceCall call, string name)
    {
        if (call != kind || !IsArmed)
        {
            return;
        }

        Calls++;
        if (at > 0 && (Calls == at || (forever && Calls > at)))
        {
            HasFailed = true;
            throw IsFull ? new PoolFullException(null, null) : new IOException($"Injected: {call} {Calls} of {name} failed.");
        }
    }

    private sealed class FaultyFile(FaultyDevice device, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            device.Meet(DeviceCall.Read, Name);
            return file.Read(offset, destination);
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken ct)
        {
            device.Meet(DeviceCall.Read, Name);
            return file.ReadAsync(offset, destination, ct);
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

        public void Flush()
        {
            try
            {
                device.Meet(DeviceCall.Flush, Name);
            }
            catch (IOException)
            {
                (file as ILossyFile)?.LoseUnsynced();
                throw;
            }

            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
