namespace BlockSnap.Tests.Testing;

/// <summary>A saboteur: a store with one bug, for the contract to find.</summary>
internal sealed class BrokenStore(IBlockStore inner, string bug) : IBlockStore
{
    public static readonly string[] Bugs =
    [
        "keeps the caller's root", "one block for equal bytes", "checksum not looked at", "a reference too few", "release of nothing is let pass", "publishes nothing", "counts a block for each reference",
        "takes any length", "works when disposed",
    ];

    private readonly Dictionary<ulong, StoredBlock> _known = [];
    private byte[]? _root;

    public IBlockStore Inner => inner;

    public ReadOnlyMemory<byte> Root => bug == "keeps the caller's root" && inner.Root.Length > 0 ? new byte[inner.Root.Length] : _root ?? inner.Root;

    public long StoredBytes => inner.StoredBytes + (bug == "counts a block for each reference" ? _extra : 0);

    private long _extra;

    public StoredBlock Put(ReadOnlySpan<byte> data)
    {
        if (bug == "takes any length" && data.Length == 513)
        {
            data = data[..512];
        }

        ulong checksum = BlockChecksum.Compute(data);
        if (bug == "one block for equal bytes" && _known.TryGetValue(checksum, out StoredBlock known) && inner.CountReferences(known.Id) > 0)
        {
            inner.AddReference(known.Id);
            return known;
        }

        return _known[checksum] = inner.Put(data);
    }

    public void Read(BlockId id, ulong checksum, Span<byte> destination)
    {
        try
        {
            inner.Read(id, checksum, destination);
        }
        catch (BlockCorruptedException) when (bug == "checksum not looked at")
        {
            // and says nothing
        }
    }

    public void AddReference(BlockId id)
    {
        inner.AddReference(id);
        _extra += id.Length;
        if (bug == "a reference too few" && inner.CountReferences(id) == 3)
        {
            inner.Release(id);
        }
    }

    public void Release(BlockId id)
    {
        if (bug != "release of nothing is let pass" || inner.CountReferences(id) > 0)
        {
            inner.Release(id);
        }
    }

    public long CountReferences(BlockId id) => inner.CountReferences(id);

    public void Flush() => inner.Flush();

    public void PublishRoot(ReadOnlySpan<byte> root)
    {
        if (bug == "publishes nothing" && root.Length <= IBlockStore.RootBytesMax)
        {
            _root = root.ToArray();
        }
        else
        {
            inner.PublishRoot(root);
        }
    }

    public void Dispose()
    {
        if (bug != "works when disposed")
        {
            inner.Dispose();
        }
    }
}
