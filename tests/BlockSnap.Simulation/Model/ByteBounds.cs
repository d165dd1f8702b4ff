namespace BlockSnap.Simulation;

/// <summary>The bytes of a set of stored blocks: exact but for blocks that a pool may store or not.</summary>
internal readonly record struct ByteBounds(long Least, long Most)
{
    public static ByteBounds Of(IEnumerable<ModelBlock> blocks)
    {
        long least = 0, most = 0;
        foreach (ModelBlock block in blocks.Distinct(ReferenceEqualityComparer.Instance).Cast<ModelBlock>())
        {
            most += block.Data.Length;
            least += block.MayBeHole ? 0 : block.Data.Length;
        }

        return new ByteBounds(least, most);
    }

    public bool Holds(long bytes) => bytes >= Least && bytes <= Most;

    public override string ToString() => Least == Most ? $"{Least}" : $"{Least} to {Most}";
}
