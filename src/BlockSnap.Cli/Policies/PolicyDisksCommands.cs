using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>The commands that give disks a policy, take it from them, or have it rest. Each does so for all named disks or for none.</summary>
internal static class PolicyDisksCommands
{
    public static Command Apply()
    {
        Argument<string> policy = Arguments.Text("POLICY", "The policy.");
        Option<bool> delete = Options.Flag("--delete-with-disk", "Delete the automatic snapshots when the disk is deleted.");
        Option<bool> keep = Options.Flag("--keep-after-disk", "Let them follow their retention then; so it is unless said.");
        return Create(
            "apply",
            "Apply a policy to disks, in place of the one they had.",
            "blocksnap policy apply /srv/pool nightly vm1 vm2",
            [policy],
            [delete, keep],
            async (context, policies, disks) =>
            {
                if (context.Get(delete) && context.Get(keep))
                {
                    throw new UsageException("--delete-with-disk and --keep-after-disk exclude each other.");
                }

                await policies.ApplyAsync(context.Get(policy), disks, context.CancellationToken);
                if (context.Get(delete) || context.Get(keep))
                {
                    await policies.DeleteSnapshotsWithDiskAsync(disks, context.Get(delete), context.CancellationToken);
                }
            });
    }

    public static Command Cancel() => Create(
        "cancel", "Take the policy from disks. Their snapshots stay.", "blocksnap policy cancel /srv/pool vm1", [], [],
        (context, policies, disks) => policies.CancelAsync(disks, context.CancellationToken));

    public static Command Pause() => Create(
        "pause", "Have the policy of disks rest: no snapshots are made, retention goes on.", "blocksnap policy pause /srv/pool vm1", [], [],
        (context, policies, disks) => policies.PauseAsync(disks, context.CancellationToken));

    public static Command Resume() => Create(
        "resume", "End a pause. What was due meanwhile is not made up for.", "blocksnap policy resume /srv/pool vm1", [], [],
        (context, policies, disks) => policies.ResumeAsync(disks, context.CancellationToken));

    private static VerbCommand Create(
        string verb,
        string description,
        string example,
        Argument<string>[] before,
        Option<bool>[] options,
        Func<CommandContext, SnapshotPolicies, string[], Task> act)
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string[]> disks = Arguments.Texts("DISK", "The disks, up to 200.");
        var command = new VerbCommand(verb, description)
        {
            Arguments = { pool },
            Examples = [example],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                string[] names = context.Get(disks);
                await act(context, lease.Pool.Policies, names);
                var result = new DiskPolicyListResult([.. names.Select(name => DiskPolicyFacts.Of(lease.Pool.Policies.OfDisk(name)))]);
                return new Report<DiskPolicyListResult>(result, CliJson.Relaxed.DiskPolicyListResult, text => Write(text, result));
            },
        };
        Array.ForEach(before, command.Arguments.Add);
        command.Arguments.Add(disks);
        Array.ForEach(options, command.Options.Add);
        return command;
    }

    private static void Write(IAnsiConsole text, DiskPolicyListResult result)
    {
        foreach (DiskPolicyFacts disk in result.Disks)
        {
            string policy = disk.Policy is null ? "no policy" : $"policy {disk.Policy}";
            string next = disk.NextDue is null ? "nothing is due" : $"next at {TimeText.Short(disk.NextDue)}";
            text.WriteLine($"{disk.Disk}: {policy}{(disk.IsPaused ? ", paused" : "")}, {next}.");
        }
    }
}
