using System.Buffers.Binary;

namespace BlockSnap.Tests.Format;

/// <summary>
/// Reads the example's pool by the document alone: superblock, catalog, a disk's map, its block. All blocks lie in one segment that was
/// never moved, so a slot is a page of its file.
/// </summary>
internal sealed class ExampleReader
{
    private const int PageBytes = 4096;
    private const int RootBytes = 17;

    // The number of blocks and whether it is straight, behind the root.
    private const int CountBytes = 9;

    private readonly FormatExample _example;
    private readonly byte[] _catalogPage;

    public ExampleReader(FormatExample example)
    {
        _example = example;
        byte[] slots = example.Read("superblock", 0, 2 * PageBytes);
        byte[] superblock = Number(slots, 16) > Number(slots, PageBytes + 16) ? slots[..PageBytes] : slots[PageBytes..];
        Root = superblock.AsSpan(128, (int)Number(superblock, 112) & 0xFFFF).ToArray();
        _catalogPage = BlockOf(Root);
    }

    /// <summary>What the superblock publishes.</summary>
    public byte[] Root { get; }

    public Dictionary<string, object?> RootValues() => new(RootFields(Root)) { ["catalog pages"] = 1L, ["next disk"] = 2L };

    /// <summary>The payload of the item that begins in a cell.</summary>
    public byte[] Item(int cell)
    {
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(_catalogPage.AsSpan((cell * 256) + 4));
        return _catalogPage.AsSpan((cell * 256) + 8, bytes).ToArray();
    }

    public byte KindOf(int cell) => _catalogPage[cell * 256];

    public Dictionary<string, object?> DiskValues() => new(RootFields(Item(0)[^(RootBytes + CountBytes)..^CountBytes]))
    {
        ["disk"] = 1L,
        ["disk id"] = Id(2),
        ["disk name"] = FormatExample.DiskName,
        ["size"] = 4096L,
        ["block size"] = 12L,
        ["released"] = 0L,
        ["family"] = 1L,
        ["origin snapshot"] = Guid.Empty,
        ["blocks"] = 1L,
        ["straight"] = 1L,
    };

    public Dictionary<string, object?> SnapshotValues() => new(RootFields(Item(1)[^(RootBytes + CountBytes)..^CountBytes]))
    {
        ["blocks"] = 1L,
        ["straight"] = 0L,
        ["order"] = 0L,
        ["snapshot id"] = Id(3),
        ["disk id"] = Id(2),
        ["snapshot name"] = FormatExample.SnapshotName,
        ["snapshot kind"] = 0L,
        ["created"] = new ManualTime().GetUtcNow().UtcTicks,
        ["size"] = 4096L,
        ["description"] = null,
        ["tag count"] = 0L,
        ["tags"] = Array.Empty<string>(),
        ["consistency"] = 0L,
        ["group id"] = Guid.Empty,
        ["client token"] = null,
        ["token checksum"] = 0L,
        ["status"] = 0L,
        ["expires"] = 0L,
        ["purge after"] = 0L,
        ["locked until"] = 0L,
        ["cool-off until"] = 0L,
        ["locked until, pool time"] = 0L,
        ["cool-off until, pool time"] = 0L,
        ["hold count"] = 0L,
        ["holds"] = Array.Empty<string>(),
    };

    /// <summary>The first block of the map that a root of one level leads to, each step proven by its checksum.</summary>
    public byte[] BlockOf(ReadOnlySpan<byte> root)
    {
        byte[] node = Follow(root, 12);
        return Follow(node, 3);
    }

    private static Guid Id(byte value) => new(Enumerable.Repeat(value, 16).ToArray());

    private static long Number(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);

    private static Dictionary<string, object?> RootFields(ReadOnlySpan<byte> root) => new()
    {
        ["child"] = Number(root, 0),
        ["checksum"] = Number(root, 8),
        ["height"] = 1L,
    };

    private byte[] Follow(ReadOnlySpan<byte> entry, int sizeClass)
    {
        long id = Number(entry, 0);
        Assert.Equal(1, id >> 24);
        Assert.Equal(sizeClass, id & 15);
        byte[] block = _example.Read("data-00000000", ((id >> 4) & 0xFFFFF) * PageBytes, PageBytes);
        Assert.Equal((ulong)Number(entry, 8), BlockChecksum.Compute(block));
        return block;
    }
}
