namespace BlockSnap.Cli;

/// <summary>What taking a disk back would change.</summary>
internal static class RollbackPreview
{
    // Not reasons to refuse a preview: whoever uses the disk now may be gone by the time of the rollback, and for an unknown disk or
    // snapshot the comparison throws an error of its own.
    private static readonly RollbackObstacle[] s_passed =
        [RollbackObstacle.DiskInUse, RollbackObstacle.DiskReleased, RollbackObstacle.SnapshotUnknown];

    /// <summary>Compares the head with a snapshot. Refused like the rollback itself, except that users of the disk do not matter.</summary>
    /// <exception cref="ConflictException">The rollback would be refused.</exception>
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
