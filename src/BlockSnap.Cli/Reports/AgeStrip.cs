namespace BlockSnap.Cli;

/// <summary>
/// For each range of a disk's blocks the first snapshot that has its newest block: what was last written there was written before that
/// snapshot and after the one before it.
/// </summary>
internal static class AgeStrip
{
    /// <summary>A range without any block.</summary>
    public const int Hole = -1;

    private const int RangesMax = 240;

    /// <summary>
    /// Positions of snapshots in the list, their number for what was written after the last, or <see cref="Hole"/>. A head is compared with its snapshots from the
    /// newest on, until all ranges have an age.
    /// </summary>
    public static async Task<int[]> ReadAsync(DiskPool pool, ISnapshotChain chain, IReadOnlyList<SnapshotUsage> snapshots, CancellationToken cancellationToken)
    {
        using IDisk head = pool.OpenDisk(chain.Id);
        long blocks = (head.Size + head.BlockSize.Bytes - 1) / head.BlockSize.Bytes;
        int[] ages = new int[Math.Min(RangesMax, blocks)];
        Array.Fill(ages, Hole);
        int waiting = await MarkAsync(null, int.MaxValue); // what is allocated waits for its age
        for (int next = snapshots.Count; next >= 0 && waiting > 0; next--)
        {
            using IDisk? before = next == 0 ? null : chain.Open(snapshots[next - 1].Snapshot.Name);
            waiting -= await MarkAsync(before, next);
        }

        return ages;

        async Task<int> MarkAsync(IDisk? before, int age)
        {
            int marked = 0;
            await foreach (ChangedExtent extent in pool.DiffAsync(before, head, cancellationToken))
            {
                long first = extent.Offset / head.BlockSize.Bytes;
                long last = (extent.Offset + extent.Length - 1) / head.BlockSize.Bytes;
                for (int range = RangeOf(first); range <= RangeOf(last); range++)
                {
                    if (ages[range] == (age == int.MaxValue ? Hole : int.MaxValue) && extent.Kind == ChangeKind.Data)
                    {
                        ages[range] = age;
                        marked++;
                    }
                }
            }

            return marked;
        }

        int RangeOf(long block) => (int)((Int128)block * ages.Length / blocks);
    }
}
