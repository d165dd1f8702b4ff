using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class GroupRollbackCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> group = Arguments.Text("GROUP", "The group to go back to.");
        Option<bool> perDisk = Options.Flag("--per-disk", "Roll back the disks that can be, and tell which cannot; otherwise all or none.");
        Option<bool> undo = Options.Flag("--undo", "Bring back what the rollback of the group replaced.");
        Option<bool> dryRun = Options.DryRun();
        Option<bool> disconnect = Options.Disconnect();
        return new VerbCommand("rollback", "Take all disks of a group back to it, as one step that can be undone.")
        {
            Arguments = { pool, group },
            Options = { perDisk, undo, dryRun, disconnect },
            Examples =
            [
                "blocksnap group rollback /srv/pool before-upgrade --dry-run",
                "blocksnap group rollback /srv/pool before-upgrade",
                "blocksnap group rollback /srv/pool before-upgrade --undo",
            ],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                SnapshotGroups groups = lease.Pool.Groups;
                string name = context.Get(group);
                if (context.Get(dryRun))
                {
                    IReadOnlyList<GroupRollbackResult> checks = context.Get(undo) ? groups.CanUndoRollback(name) : groups.CanRollback(name);
                    GroupRollbackOutcome plan = OutcomeOf(lease.Pool, name, checks) with { DryRun = true };
                    return plan.Refused.Count == 0 || context.Get(perDisk)
                        ? new Report<GroupRollbackOutcome>(plan, CliJson.Relaxed.GroupRollbackOutcome, text => WritePlan(text, plan))
                        : throw RefusalOf(plan);
                }

                var reservations = new List<IDisposable?>();
                try
                {
                    foreach (SnapshotGroupMember member in groups.Find(name)?.Members ?? [])
                    {
                        reservations.Add(await context.ReserveAsync(member.DiskId, context.Get(disconnect)));
                    }

                    return await RollBackAsync(context, lease.Pool, name, context.Get(undo), context.Get(perDisk));
                }
                finally
                {
                    reservations.ForEach(reservation => reservation?.Dispose());
                }
            },
        };
    }

    private static async Task<Outcome> RollBackAsync(CommandContext context, DiskPool pool, string name, bool undo, bool perDisk)
    {
        SnapshotGroups groups = pool.Groups;
        IReadOnlyList<GroupRollbackResult> results = undo
            ? await groups.UndoRollbackAsync(name, perDisk, context.CancellationToken)
            : await groups.RollbackAsync(name, perDisk, context.CancellationToken);
        GroupRollbackOutcome result = OutcomeOf(pool, name, results);
        return new Report<GroupRollbackOutcome>(result, CliJson.Relaxed.GroupRollbackOutcome, text => Write(text, result));
    }

    private static GroupRollbackOutcome OutcomeOf(DiskPool pool, string name, IReadOnlyList<GroupRollbackResult> results)
    {
        IReadOnlyDictionary<DiskId, string> disks = pool.DiskNames();
        return new GroupRollbackOutcome(
            name,
            [.. results.Where(each => each.Ok).Select(NameOf)],
            results.Where(each => !each.Ok).ToDictionary(NameOf, each => each.Problem!));

        string NameOf(GroupRollbackResult each) => disks.GetValueOrDefault(each.DiskId, each.DiskId.ToString());
    }

    // The error of the rollback itself names the first disk that stands against it; this one names all of them.
    private static ConflictException RefusalOf(GroupRollbackOutcome plan)
    {
        string problems = string.Join(". ", plan.Refused.Select(each => $"'{each.Key}': {each.Value}"));
        return new ConflictException($"The group '{plan.Group}' cannot be rolled back as a whole. {problems} (--per-disk: the others)");
    }

    private static void WritePlan(IAnsiConsole text, GroupRollbackOutcome plan)
    {
        foreach (string disk in plan.RolledBack)
        {
            text.WriteLine($"Would take {disk} back.");
        }

        foreach ((string disk, string problem) in plan.Refused)
        {
            text.WriteLine($"Cannot take {disk} back: {problem}.");
        }
    }

    private static void Write(IAnsiConsole text, GroupRollbackOutcome result)
    {
        foreach (string disk in result.RolledBack)
        {
            text.WriteLine($"Took {disk} back.");
        }

        foreach ((string disk, string problem) in result.Refused)
        {
            text.WriteLine($"Left {disk} as it is: {problem}.");
        }
    }
}
