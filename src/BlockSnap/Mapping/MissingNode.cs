using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <summary>A node that an operation under the gate needs and memory does not hold: load it without the gate and try again.</summary>
internal readonly record struct MissingNode(NodeEntry Entry)
{
    public BlockId Id => Entry.Id;
}
