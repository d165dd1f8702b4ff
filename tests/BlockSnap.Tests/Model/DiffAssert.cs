namespace BlockSnap.Tests.Model;

/// <summary>
/// What a diff must say about two states: each block that differs, and none that was not written since. Past the end of the newer state
/// nothing need be said; what is said there is that it reads as zeros.
/// </summary>
internal static class DiffAssert
{
    public static void Holds(IReadOnlyList<ChangedExtent> extents, DiskState from, DiskState to)
    {
        int blockBytes = to.BlockBytes;
        long size = Math.Max(from.Size, to.Size);
        var reported = new Dictionary<long, ChangeKind>();
        long end = 0;
        foreach (ChangedExtent extent in extents)
        {
            Assert.True(extent.Length > 0 && extent.Offset >= end, $"{extent} is empty, or out of order after byte {end}.");
            Assert.True(extent.Offset % blockBytes == 0, $"{extent} does not begin at a block.");
            Assert.True(extent.End % blockBytes == 0 || extent.End == to.Size || extent.End == from.Size, $"{extent} ends neither at a block nor at a size.");
            Assert.True(extent.End <= size, $"{extent} ends past both states.");
            end = extent.End;
            for (long index = extent.Offset / blockBytes; index * blockBytes < extent.End; index++)
            {
                reported.Add(index, extent.Kind);
            }
        }

        foreach (long index in from.Blocks.Keys.Union(to.Blocks.Keys).Where(index => index * blockBytes < to.Size))
        {
            Assert.True(reported.ContainsKey(index) || SameBytes(from, to, index), $"Block {index} differs and is not reported.");
        }

        foreach ((long index, ChangeKind kind) in reported)
        {
            ModelBlock? before = from.Blocks.GetValueOrDefault(index);
            ModelBlock? after = to.Blocks.GetValueOrDefault(index);
            Assert.True(before?.Version != after?.Version, $"Block {index} is reported and was not written.");
            if (kind == ChangeKind.Zero)
            {
                Assert.True(after is null || after.MayBeHole, $"Block {index} is reported as zeros and holds data.");
            }
            else
            {
                Assert.True(after is not null, $"Block {index} is reported as data and is a hole.");
            }
        }
    }

    private static bool SameBytes(DiskState from, DiskState to, long index)
    {
        ReadOnlySpan<byte> before = from.Blocks.TryGetValue(index, out ModelBlock? a) ? a.Data : new byte[from.BlockBytes];
        ReadOnlySpan<byte> after = to.Blocks.TryGetValue(index, out ModelBlock? b) ? b.Data : new byte[to.BlockBytes];
        return before.SequenceEqual(after);
    }
}
