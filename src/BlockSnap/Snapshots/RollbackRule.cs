using BlockSnap.Catalogs;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>R29: what must hold for a rollback. Gate held.</summary>
internal static class RollbackRule
{
    /// <summary>Everything that stands against rolling a disk back to a snapshot, at once.</summary>
    /// <param name="core">The pool.</param>
    /// <param name="chain">The disk's chain.</param>
    /// <param name="target">The snapshot, or null when there is none.</param>
    /// <param name="targetText">What a message calls a snapshot that there is none of.</param>
    public static RollbackCheck Check(PoolCore core, ChainState chain, SnapshotState? target, string targetText)
    {
        var found = new List<(RollbackObstacle Obstacle, string Message)>();
        string disk = chain.Volume.Name;
        if (chain.Volume.IsReleased)
        {
            found.Add((RollbackObstacle.DiskReleased, $"The disk '{disk}' has been deleted"));
        }

        if (target is null || target.Place == SnapshotPlace.Trash)
        {
            found.Add((RollbackObstacle.SnapshotUnknown, $"There is no snapshot {targetText}"));
        }
        else
        {
            Snapshot facts = core.Describe(target);
            if (facts.DiskId != chain.Volume.Id)
            {
                found.Add((RollbackObstacle.SnapshotOfAnotherDisk, $"The snapshot '{facts.Name}' is of another disk"));
            }

            if (facts.Kind == SnapshotKind.Copied)
            {
                found.Add((RollbackObstacle.SnapshotIsCopy, $"The snapshot '{facts.Name}' is a copy from another pool"));
            }

            if (facts.Status != SnapshotStatus.Accomplished)
            {
                found.Add((RollbackObstacle.SnapshotNotAccomplished, $"The snapshot '{facts.Name}' is not accomplished"));
            }
        }

        if (chain.Change is { } change)
        {
            found.Add((RollbackObstacle.ChangeInProgress, $"The disk '{disk}' is being changed: {change.What}"));
        }

        if (chain.Attachments.Count > 0)
        {
            found.Add((RollbackObstacle.DiskInUse, UsersOf(chain)));
        }

        return new RollbackCheck([.. found.Select(each => each.Obstacle)], [.. found.Select(each => each.Message)]);
    }

    /// <summary>Refuses a rollback with all that stands against it.</summary>
    public static void ThrowIfNot(PoolCore core, ChainState chain, SnapshotState target, bool evenIfInUse)
    {
        RollbackCheck check = Check(core, chain, target, "");
        List<string> messages = [.. check.Messages.Where((_, at) => !(evenIfInUse && check.Obstacles[at] == RollbackObstacle.DiskInUse))];
        if (messages.Count > 0)
        {
            throw new ConflictException(string.Join(". ", messages));
        }
    }

    /// <summary>Refuses a change of a disk that somebody uses.</summary>
    public static void ThrowIfInUse(ChainState chain)
    {
        if (chain.Attachments.Count > 0)
        {
            throw new ConflictException(UsersOf(chain));
        }
    }

    private static string UsersOf(ChainState chain) =>
        $"The disk '{chain.Volume.Name}' is in use by {string.Join(", ", chain.Attachments.Select(attachment => attachment.User))}";
}
