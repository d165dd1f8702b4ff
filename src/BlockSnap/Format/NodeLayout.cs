using System.Runtime.InteropServices;

namespace BlockSnap.Format;

/// <summary>The bytes of a map node: 256 entries of 16 bytes, each a child's name and its checksum, both little-endian; zeros for a hole.</summary>
internal static class NodeLayout
{
    public const int Bytes = BlockId.NodeBytes;
    public const int EntryBytes = 16;
    public const int FanoutLog2 = 8;
    public const int Fanout = 1 << FanoutLog2;

    /// <summary>
    /// Whether every entry is a hole or a name that a block can have. The bit that marks a frame in memory must not come from outside: its
    /// number would lead anywhere.
    /// </summary>
    public static bool IsSound(ReadOnlySpan<byte> node)
    {
        foreach (NodeEntry entry in Entries(node))
        {
            if (!entry.Id.IsValid && !entry.IsNone)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The slot of a block in a node of a level; level 1 is a leaf.</summary>
    public static int SlotOf(long index, int level) => (int)(index >> (FanoutLog2 * (level - 1))) & (Fanout - 1);

    public static ReadOnlySpan<NodeEntry> Entries(ReadOnlySpan<byte> node) => MemoryMarshal.Cast<byte, NodeEntry>(node[..Bytes]);

    public static Span<NodeEntry> Entries(Span<byte> node) => MemoryMarshal.Cast<byte, NodeEntry>(node[..Bytes]);
}
