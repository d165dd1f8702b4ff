namespace BlockSnap.Cli;

/// <summary>
/// For each range of a disk's blocks the age that most of them have: the first snapshot that has the very block, so that it was written
/// before that snapshot and after the one before it.
/// </summary>
internal static class AgeStrip
{
    /// <summary>A range without any block.</summary>
    public const int Hole = -1;

    private const int RangesMax = 240;

    // A head is compared with each of these; of a longer chain with as many, evenly chosen.
    private const int SnapshotsMax = 48;

    /// <summary>Positions of snapshots in the list, their number for what was written after the last, or <see cref="Hole"/>.</summary>
    public static async Task<int[]> ReadAsync(DiskPool pool, ISnapshotChain chain, IReadOnlyList<SnapshotUsage> snapshots, CancellationToken cancellationToken)
    {
        using IDisk head = pool.OpenDisk(chain.Id);
        long blocks = (head.Size + head.BlockSize.Bytes - 1) / head.BlockSize.Bytes;
        int ranges = (int)Math.Min(RangesMax, blocks);
        int[] ages = new int[ranges];
        long[] most = new long[ranges];
        Array.Fill(ages, Hole);

        // Blocks of each range that are in no snapshot up to now, oldest first: first all. What a rollback brought back is old in the same way.
        long[] left = await DifferentAsync(null);
        int count = Math.Min(SnapshotsMax, snapshots.Count);
        for (int i = 0; i < count; i++)
        {
            int position = (int)((i + 1L) * snapshots.Count / count) - 1;
            using IDisk snapshot = chain.Open(snapshots[position].Snapshot.Name);
            long[] different = await DifferentAsync(snapshot);
            for (int range = 0; range < ranges; range++)
            {
                Claim(range, left[range] - different[range], position);
                left[range] = Math.Min(left[range], different[range]);
            }
        }

        for (int range = 0; range < ranges; range++)
        {
            Claim(range, left[range], snapshots.Count);
        }

        return ages;

        void Claim(int range, long found, int age)
        {
            if (found > most[range])
            {
                (most[range], ages[range]) = (found, age);
            }
        }

        async Task<long[]> DifferentAsync(IDisk? from)
        {
            long[] different = new long[ranges];
            await foreach (ChangedExtent extent in pool.DiffAsync(from, head, cancellationToken))
            {
                long end = (extent.Offset + extent.Length + head.BlockSize.Bytes - 1) / head.BlockSize.Bytes;
                for (long block = extent.Offset / head.BlockSize.Bytes; block < end && extent.Kind == ChangeKind.Data;)
                {
                    int range = (int)((Int128)block * ranges / blocks);
                    long next = Math.Min(end, (long)((((Int128)(range + 1) * blocks) + ranges - 1) / ranges));
                    different[range] += next - block;
                    block = next;
                }
            }

            return different;
        }
    }
}
