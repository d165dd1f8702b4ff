using System.Runtime.InteropServices;

namespace BlockSnap.Format;

/// <summary>The bytes of a map node: 256 entries of 16 bytes, each a child's name and its checksum, both little-endian; zeros for a hole.</summary>
internal static class NodeLayout
{
    public const int Bytes = BlockId.NodeBytes;
    public const int EntryBytes = 16;
    public const int FanoutLog2 = 8;
    public const int Fanout = 1 << FanoutLog2;

    public static ReadOnlySpan<NodeEntry> Entries(ReadOnlySpan<byte> node) => MemoryMarshal.Cast<byte, NodeEntry>(node[..Bytes]);

    public static Span<NodeEntry> Entries(Span<byte> node) => MemoryMarshal.Cast<byte, NodeEntry>(node[..Bytes]);
}
