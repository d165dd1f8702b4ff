namespace BlockSnap.Cli;

/// <summary>What taking a disk back would change.</summary>
internal static class RollbackPreview
{
    /// <summary>Compares the head with a snapshot or a state before a rollback.</summary>
    public static async Task<RollbackResult> OfAsync(CommandContext context, DiskPool pool, ISnapshotChain chain, string name)
    {
        using IDisk head = pool.OpenDisk(chain.Id);
        using IDisk view = chain.Open(name);
        long changed = await DiffSum.OfAsync(pool.DiffAsync(head, view, context.CancellationToken));
        return new RollbackResult(chain.DiskName, name, null) { ChangedBytes = changed, DryRun = true };
    }
}
