using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class RepairCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Argument<string> target = new("NEWPOOL") { Description = "The directory of the new pool: missing or empty." };
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand(
            "repair",
            "Make a new pool of what can be read of a damaged one, which is left as it is. Exit code 1 when something is lost.")
        {
            Arguments = { pool, target },
            Options = { dryRun },
            OwnsPool = true,
            Examples = ["blocksnap repair /srv/pool /srv/pool-new --dry-run", "blocksnap repair /srv/pool /srv/pool-new"],
            Body = async context =>
            {
                bool dry = context.Get(dryRun);
                RepairReport report = await context.WithProgressAsync("Repairing", ProgressUnit.Bytes, progress => DiskPool.RepairAsync(
                    context.Get(pool),
                    context.Get(target),
                    dry,
                    progress: progress is null ? null : new ScrubForwarder(progress),
                    cancellationToken: context.CancellationToken));
                RepairResult result = RepairResult.Of(report) with { DryRun = dry };
                return new Report<RepairResult>(result, CliJson.Relaxed.RepairResult, text => Write(text, result))
                {
                    ExitCode = report.IsExact ? 0 : Failure.Refused,
                };
            },
        };
    }

    private static void Write(IAnsiConsole text, RepairResult result)
    {
        DamageText.Write(text, result.Damage);
        if (result.LogIsCut)
        {
            text.WriteLine("log-cut: the log is damaged; all disks are as they were before that place. "
                + $"{result.BatchesLeftOut} batches behind it are left out.");
        }

        foreach (string file in result.FilesLeftOut)
        {
            text.WriteLine($"{file}: left out; nothing can be told of it, as of a free file.");
        }

        string kept = $"{Words.Count(result.Disks, "disk")} and {Words.Count(result.Snapshots, "snapshot")}";
        text.WriteLine($"{(result.DryRun ? "Would keep" : "Kept")} {kept}{(result.Exact ? ", all exact." : "; what is named above is lost.")}");
    }
}
