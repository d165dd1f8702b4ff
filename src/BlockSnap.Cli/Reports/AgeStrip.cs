namespace BlockSnap.Cli;

/// <summary>
/// For each range of a disk's blocks the age that most of its blocks have. The age of a block is the oldest snapshot that has that very
/// block: it was written before that snapshot, and after the one before it.
/// </summary>
internal static class AgeStrip
{
    /// <summary>A range without any block.</summary>
    public const int Hole = -1;

    private const int RangesMax = 240;

    // The head is compared with each snapshot of the chain; of a longer chain with so many, evenly chosen.
    private const int SnapshotsMax = 48;

    /// <summary>Reads the age of each range.</summary>
    /// <returns>
    /// A snapshot's position in the list, the number of snapshots for what was written after the last one, or <see cref="Hole"/>.
    /// </returns>
    public static async Task<int[]> ReadAsync(
        DiskPool pool, ISnapshotChain chain, IReadOnlyList<SnapshotUsage> snapshots, CancellationToken cancellationToken)
    {
        using IDisk head = pool.OpenDisk(chain.Id);
        long blocks = (head.Size + head.BlockSize.Bytes - 1) / head.BlockSize.Bytes;
        int ranges = (int)Math.Min(RangesMax, blocks);
        int[] ages = new int[ranges];
        long[] most = new long[ranges];
        Array.Fill(ages, Hole);

        // For each range the number of blocks that are in none of the snapshots looked at so far, from the oldest on; at first all of them.
        // A block that a rollback brought back counts as old.
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
