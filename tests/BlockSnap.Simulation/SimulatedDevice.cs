namespace BlockSnap.Simulation;

/// <summary>
/// A device that tells of every call before it is made. Whoever is told may do other things first, or throw instead of it; when it
/// returns true, a read returns one bit changed. Not thread-safe.
/// </summary>
internal sealed class SimulatedDevice(IStorageDevice inner, Func<DeviceEvent, bool> meet) : IStorageDevice
{
    public string Description => "simulation";

    public bool Exists(string name) => inner.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        if (!inner.Exists(name))
        {
            meet(new DeviceEvent(DeviceCall.Open, name));
        }

        return new SimulatedFile(meet, inner.Open(name, mode));
    }

    public void Delete(string name)
    {
        meet(new DeviceEvent(DeviceCall.Delete, name));
        inner.Delete(name);
    }

    public IReadOnlyList<string> List() => inner.List();

    public void FlushNames()
    {
        meet(new DeviceEvent(DeviceCall.FlushNames, ""));
        inner.FlushNames();
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    public void Dispose()
    {
    }

    private sealed class SimulatedFile(Func<DeviceEvent, bool> meet, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            bool flip = meet(new DeviceEvent(DeviceCall.Read, Name, offset, destination.Length));
            int read = file.Read(offset, destination);
            if (flip && read > 0)
            {
                destination[(int)(offset / 512 % read)] ^= 0x10;
            }

            return read;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => new(Read(offset, destination.Span));

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            meet(new DeviceEvent(DeviceCall.Write, Name, offset, source.Length, BlockChecksum.Compute(source)));
            file.Write(offset, source);
        }

        public void Allocate(long length)
        {
            meet(new DeviceEvent(DeviceCall.Allocate, Name, length));
            file.Allocate(length);
        }

        public void SetLength(long length)
        {
            meet(new DeviceEvent(DeviceCall.SetLength, Name, length));
            file.SetLength(length);
        }

        public bool TryGiveBack(long offset, long length)
        {
            meet(new DeviceEvent(DeviceCall.GiveBack, Name, offset, (int)length));
            return file.TryGiveBack(offset, length);
        }

        public void Flush()
        {
            try
            {
                meet(new DeviceEvent(DeviceCall.Flush, Name));
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
