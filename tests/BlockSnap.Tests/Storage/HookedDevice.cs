namespace BlockSnap.Tests.Storage;

/// <summary>A device that calls a test before it does what it is asked to, so that the test can look, act or throw there.</summary>
internal sealed class HookedDevice(IStorageDevice inner) : IStorageDevice
{
    public Action<string, string> Before { get; set; } = static (_, _) => { };

    /// <summary>As <see cref="Before"/>, with the name, offset and length of each write.</summary>
    public Action<string, long, int> BeforeWrite { get; set; } = static (_, _, _) => { };

    /// <summary>Whether it says that it cannot give parts of files back.</summary>
    public bool KeepsAll { get; init; }

    public string Description => inner.Description;

    public bool Exists(string name) => inner.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode)
    {
        Before("open", name);
        return new HookedFile(this, inner.Open(name, mode));
    }

    public void Delete(string name) => inner.Delete(name);

    public IReadOnlyList<string> List() => inner.List();

    public void FlushNames()
    {
        Before("names", "");
        inner.FlushNames();
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    public void Dispose()
    {
    }

    private sealed class HookedFile(HookedDevice device, IDeviceFile file) : IDeviceFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            device.Before("read", Name);
            return file.Read(offset, destination);
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            device.Before("read", Name);
            return file.ReadAsync(offset, destination, cancellationToken);
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            device.Before("write", Name);
            device.BeforeWrite(Name, offset, source.Length);
            file.Write(offset, source);
        }

        public void Allocate(long length)
        {
            device.Before("allocate", Name);
            file.Allocate(length);
        }

        public void SetLength(long length)
        {
            device.Before("length", Name);
            file.SetLength(length);
        }

        public bool TryGiveBack(long offset, long length)
        {
            device.Before("give back", Name);
            return !device.KeepsAll && file.TryGiveBack(offset, length);
        }

        public void Flush()
        {
            device.Before("flush", Name);
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
