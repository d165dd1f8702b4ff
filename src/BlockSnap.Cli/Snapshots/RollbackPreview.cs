namespace BlockSnap.Cli;

/// <summary>What taking a disk back would change.</summary>
internal static class RollbackPreview
{
    // Those who use the disk may be gone by then; that disk or snapshot is unknown has errors of its own.
    private static readonly RollbackObstacle[] s_passed = [RollbackObstacle.DiskInUse, RollbackObstacle.DiskReleased, RollbackObstacle.SnapshotUnknown];

    /// <summary>Compares the head with a snapshot. Refused if the rollback would be, but for those who use the disk.</summary>
    public static Task<RollbackResult> OfSnapshotAsync(CommandContext context, DiskPool pool, ISnapshotChain chain, string name)
    {
        RollbackCheck check = chain.CanRollback(name);
        List<string> messages = [.. check.Messages.Where((_, at) => !s_passed.Contains(check.Obstacles[at]))];
        return messages.Count == 0 ? OfAsync(context, pool, chain, name) : throw new ConflictException(string.Join(". ", messages));
    }

    /// <summary>Compares the head with a snapshot or a state before a rollback.</summary>
    /// <exception cref="SnapshotNotFoundException">There is none.</exception>
    public static async Task<RollbackResult> OfAsync(CommandContext context, DiskPool pool, ISnapshotChain chain, string name)
    {
        using IDisk head = pool.OpenDisk(chain.Id);
        using IDisk view = chain.Open(name);
        long changed = await DiffSum.OfAsync(pool.DiffAsync(head, view, context.CancellationToken));
        return new RollbackResult(chain.DiskName, name, null) { ChangedBytes = changed, DryRun = true };
    }
}
