namespace BlockSnap.Tests.Testing;

/// <summary>A saboteur: a device with one bug, for the contract to find.</summary>
internal sealed class BrokenDevice(IStorageDevice inner, string bug) : IStorageDevice
{
    public static readonly string[] Bugs =
    [
        "list unsorted", "exists for all", "create new over another", "delete of a missing one fails", "two owners", "works when disposed",
        "read fills up with zeros", "write at the end only", "allocate does nothing", "allocate cuts", "length of bytes written", "old bytes behind a cut", "read ignores a cancellation", "views another place",
        "given back and still read", "page given back for a byte", "length goes with what is given back", "refuses and gives back",
    ];

    private bool _owned;

    public string Description => inner.Description;

    public bool Exists(string name) => inner.Exists(name) || bug == "exists for all";

    public IDeviceFile Open(string name, DeviceFileMode mode) =>
        new BrokenFile(inner.Open(name, bug == "create new over another" && mode == DeviceFileMode.CreateNew ? DeviceFileMode.OpenOrCreate : mode), bug);

    public void Delete(string name)
    {
        if (bug == "delete of a missing one fails" && !inner.Exists(name))
        {
            throw new FileNotFoundException(name);
        }

        inner.Delete(name);
    }

    public IReadOnlyList<string> List() => bug == "list unsorted" ? [.. inner.List().Reverse()] : inner.List();

    public void FlushNames() => inner.FlushNames();

    public IDisposable AcquireOwnership()
    {
        if (bug == "two owners" && _owned)
        {
            return new MemoryStream();
        }

        IDisposable ownership = inner.AcquireOwnership();
        _owned = true;
        return ownership;
    }

    public void Dispose()
    {
        if (bug != "works when disposed")
        {
            inner.Dispose();
        }
    }

    private sealed class BrokenFile(IDeviceFile file, string bug) : IDeviceFile
    {
        private byte[] _cut = [];

        public string Name => file.Name;

        public long Length => bug == "length of bytes written" ? file.Length & ~1L : file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            int read = file.Read(offset, destination);
            if (bug == "read fills up with zeros")
            {
                destination[read..].Clear();
            }

            if (bug == "old bytes behind a cut" && _cut.Length > 0 && offset == 0 && read >= _cut.Length)
            {
                _cut.CopyTo(destination);
            }

            return read;
        }

        public ReadOnlySpan<byte> View(long offset, int length)
        {
            byte[] bytes = new byte[length];
            return bug == "views another place" && length > 0 && file.Read(offset + 1, bytes) > 0 ? bytes : default;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => file.ReadAsync(offset, destination, bug == "read ignores a cancellation" ? default : cancellationToken);

        public void Write(long offset, ReadOnlySpan<byte> source) => file.Write(bug == "write at the end only" && offset >= 0 && !source.IsEmpty ? file.Length : offset, source);

        public void Allocate(long length)
        {
            if (bug == "allocate cuts" && length >= 0)
            {
                file.SetLength(length);
            }
            else if (bug != "allocate does nothing")
            {
                file.Allocate(length);
            }
        }

        public void SetLength(long length)
        {
            if (bug == "old bytes behind a cut" && length >= 0 && length < file.Length)
            {
                _cut = new byte[file.Length];
                file.Read(0, _cut);
                _cut = _cut[..(int)Math.Min(_cut.Length, length + 1000)];
            }

            file.SetLength(length);
        }

        public bool TryGiveBack(long offset, long length)
        {
            switch (bug)
            {
                case "given back and still read":
                    return true;
                case "page given back for a byte":
                    return file.TryGiveBack(offset & ~4095, length + (offset & 4095));
                case "length goes with what is given back" when offset + length >= file.Length && offset < file.Length:
                    file.SetLength(offset);
                    return true;
                default:
                    return file.TryGiveBack(offset, length) && bug != "refuses and gives back";
            }
        }

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
