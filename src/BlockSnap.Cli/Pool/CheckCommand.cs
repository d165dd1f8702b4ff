using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class CheckCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> data = Options.Flag("--data", "Also read every stored block and compare it with its checksum.");
        return new VerbCommand("check", "Look for damage: the structure, and with --data every block. Exit code 1 when there is any.")
        {
            Arguments = { pool },
            Options = { data },
            Examples = ["blocksnap check /srv/pool", "blocksnap check /srv/pool --data"],
            Body = async context =>
            {
                CheckFindings findings = await CheckAsync(context, pool, context.Get(data));
                return new Report<CheckFindings>(findings, CliJson.Relaxed.CheckFindings, text => Write(text, findings))
                {
                    ExitCode = findings.Ok ? 0 : Failure.Refused,
                };
            },
        };
    }

    private static async Task<CheckFindings> CheckAsync(CommandContext context, Argument<string> pool, bool data)
    {
        try
        {
            await using PoolLease lease = await context.OpenPoolAsync(pool);
            DiskPool opened = lease.Pool;
            CheckResult result = await context.WithProgressAsync(
                "Checking", ProgressUnit.Steps, progress => opened.CheckAsync(data, progress, context.CancellationToken));
            return new CheckFindings(
                result.Ok, [.. result.Errors.Select(error => new ErrorFacts(error.Code, error.Message))], result.BlocksChecked);
        }
        catch (BlockSnapException damage) when (damage is PoolCorruptedException or BlockCorruptedException)
        {
            // So much damage that the pool cannot be opened, or the check cannot go on, is a finding too.
            return new CheckFindings(false, [new ErrorFacts(damage.Code, damage.Message)], 0);
        }
    }

    private static void Write(IAnsiConsole text, CheckFindings findings)
    {
        foreach (ErrorFacts error in findings.Errors)
        {
            text.WriteLine($"{error.Code}: {error.Message}");
        }

        string state = findings.Ok ? "Sound." : $"Damaged: {Words.Count(findings.Errors.Count, "error")}.";
        text.WriteLine($"{state} {Words.Count(findings.BlocksChecked, "block")} checked.");
    }
}
