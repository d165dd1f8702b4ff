namespace BlockSnap.Throughput.Workloads;

/// <summary>Work that goes on in the background while a writer is measured.</summary>
internal static class BackgroundWork
{
    private const int Snapshots = 8;

    // Of all blocks together; below the share of dead bytes at which the pool compacts by itself.
    private const double ChangedShare = 0.06;

    private static readonly TimeSpan CompactLength = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ReleaseLength = TimeSpan.FromSeconds(0.25);

    /// <summary>Makes blocks dead that only a compact gives back.</summary>
    public static void PrepareCompact(PoolUnderTest pool)
    {
        pool.ChangeBlocks((int)(pool.WrittenBlocks * ChangedShare));
        pool.Flush();
    }

    /// <summary>Compacts; for a while only, because the writer leaves new dead blocks behind all the time.</summary>
    public static async Task Compact(PoolUnderTest pool)
    {
        using var stop = new CancellationTokenSource(CompactLength);
        try
        {
            await pool.Pool.CompactAsync(cancellationToken: stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It went on for long enough.
        }
    }

    /// <summary>Makes snapshots that alone hold blocks.</summary>
    public static void PrepareDelete(PoolUnderTest pool)
    {
        for (int i = 0; i < Snapshots; i++)
        {
            pool.CreateSnapshot(Name(i));
            pool.ChangeBlocks((int)(pool.WrittenBlocks * ChangedShare / Snapshots));
        }

        pool.Flush();
    }

    /// <summary>Deletes them one after the other, and waits while their blocks are released behind the scenes.</summary>
    public static async Task Delete(PoolUnderTest pool)
    {
        for (int i = 0; i < Snapshots; i++)
        {
            await pool.Disk.Chain.DeleteAsync([Name(i)]).ConfigureAwait(false);
        }

        await Task.Delay(ReleaseLength).ConfigureAwait(false);
    }

    private static string Name(int index) => $"held-{index}";
}
