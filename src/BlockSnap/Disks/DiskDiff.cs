using System.Runtime.CompilerServices;
using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <summary>What differs between two disks of a pool, as merged byte ranges of the newer one.</summary>
internal static class DiskDiff
{
    /// <summary>What differs in the whole of two disks.</summary>
    /// <param name="engine">That of their pool.</param>
    /// <param name="from">The older state, or null for an empty one.</param>
    /// <param name="to">The newer state; extents are clipped to its size.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public static IAsyncEnumerable<ChangedExtent> CompareAsync(
        BlockEngine engine, DiskBase? from, DiskBase to, CancellationToken cancellationToken) =>
        CompareAsync(engine, from, to, new ByteRange(0, long.MaxValue), cancellationToken);

    /// <summary>What differs in a range.</summary>
    /// <param name="engine">That of their pool.</param>
    /// <param name="from">The older state, or null for an empty one.</param>
    /// <param name="to">The newer state; extents are clipped to its size.</param>
    /// <param name="range">The bytes that are asked for; extents are clipped to them. No node outside is read.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public static async IAsyncEnumerable<ChangedExtent> CompareAsync(
        BlockEngine engine, DiskBase? from, DiskBase to, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using PinnedRoot? before = from?.Pin();
        using PinnedRoot after = to.Pin();
        long end = Math.Min(to.Size, range.End);
        if (range.Offset >= end)
        {
            yield break;
        }

        int log2 = to.BlockSize.Log2;
        var diff = new MapDiff(engine.Reader);
        ChangedExtent pending = default;
        int sinceYield = 0;
        long lastBlock = DiskVolume.BlocksOf(end, to.BlockSize);
        foreach (MapDiff.Run run in diff.Compare(before, after, range.Offset >> log2, lastBlock, cancellationToken))
        {
            long offset = Math.Max(run.First << log2, range.Offset);
            long length = Math.Min((run.First + run.Count) << log2, end) - offset;
            ChangeKind kind = run.IsData ? ChangeKind.Data : ChangeKind.Zero;
            if (pending.Length > 0 && pending.Offset + pending.Length == offset && pending.Kind == kind)
            {
                pending = pending with { Length = pending.Length + length };
                continue;
            }

            if (pending.Length > 0)
            {
                yield return pending;
                if (++sinceYield % 4096 == 0)
                {
                    await Task.Yield(); // a long walk over memory must not keep its thread for ever
                }
            }

            pending = new ChangedExtent(offset, length, kind);
        }

        if (pending.Length > 0)
        {
            yield return pending;
        }
    }
}
