using System.Runtime.InteropServices;

namespace BlockSnap.Format;

/// <summary>
/// One entry of a map node. On disk and in clean nodes it names a stored child. In a node that was not written yet its child may not have a
/// name either: then the top bit is set, and the rest is the child's frame in the node cache.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct NodeEntry(ulong Value, ulong Checksum)
{
    private const ulong VolatileBit = 1UL << 63;

    public static NodeEntry None => default;

    public bool IsNone => Value == 0;

    /// <summary>Whether it points to a node that only memory knows.</summary>
    public bool IsVolatile => (Value & VolatileBit) != 0;

    /// <summary>The child's name. Only when not volatile.</summary>
    public BlockId Id => new(Value);

    /// <summary>The child's frame. Only when volatile.</summary>
    public int Frame => (int)Value;

    public static NodeEntry Of(BlockId id, ulong checksum) => new(id.Value, checksum);

    /// <param name="serial">Tells the frame's present node from those that it held before.</param>
    public static NodeEntry OfFrame(int frame, ulong serial) => new(VolatileBit | (uint)frame, serial);
}
