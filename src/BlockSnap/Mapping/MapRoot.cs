using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <summary>The root of a block map: its top node, or none, and how many levels of nodes it has. Height 1 is a single leaf.</summary>
internal readonly record struct MapRoot(NodeEntry Entry, int Height)
{
    /// <summary>Blocks that a map of a height can hold.</summary>
    public static long CapacityOf(int height) => height >= 7 ? 1L << 56 : 1L << (NodeLayout.FanoutLog2 * height);

    /// <summary>The least height that holds so many blocks, at least 1.</summary>
    public static int HeightFor(long blocks)
    {
        int height = 1;
        while (CapacityOf(height) < blocks)
        {
            height++;
        }

        return height;
    }

    /// <summary>A map of at least a height without anything in it.</summary>
    public static MapRoot Empty(int height) => new(NodeEntry.None, height);
}
