using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class ScrubCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<long?> rate = Options.Bytes("--rate", "Bytes to read at most in a second", ScrubOptions.BytesPerSecondMin);
        Option<long?> limit = Options.Bytes("--limit", "Stop after about so many bytes and print where to go on", least: 1);
        Option<long> from = new("--from")
        {
            Description = "Go on at the position that an earlier scrub printed.",
            HelpName = "POSITION",
            CustomParser = ParsePosition,
        };
        return new VerbCommand(
            "scrub",
            "Read everything that is stored once and name what is damaged, with every disk, snapshot and range. Exit code 1 when there is any.")
        {
            Arguments = { pool },
            Options = { rate, limit, from },
            Examples = ["blocksnap scrub /srv/pool --rate 50M", "blocksnap scrub /srv/pool --limit 100G", "blocksnap scrub /srv/pool --from 4711"],
            Body = async context =>
            {
                var options = new ScrubOptions { BytesPerSecond = context.Get(rate), BytesMax = context.Get(limit), StartAt = context.Get(from) };
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                ScrubReport report = await context.WithProgressAsync("Scrubbing", ProgressUnit.Bytes, progress =>
                    lease.Pool.ScrubAsync(options, progress is null ? null : new ScrubForwarder(progress), context.CancellationToken));
                ScrubResult result = ScrubResult.Of(report);
                return new Report<ScrubResult>(result, CliJson.Relaxed.ScrubResult, text => Write(text, result))
                {
                    ExitCode = report.Ok ? 0 : Failure.Refused,
                };
            },
        };
    }

    private static long ParsePosition(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long position))
        {
            result.AddError($"'{text}' is no position of a scrub.");
        }

        return position;
    }

    private static void Write(IAnsiConsole text, ScrubResult result)
    {
        DamageText.Write(text, result.Damage);
        string state = result.Ok ? "Sound." : $"Damaged: {Words.Count(result.Damage.Count, "place")}.";
        text.WriteLine($"{state} {Words.Count(result.BlocksRead, "block")}, {ByteText.Of(result.BytesRead)} read.");
        if (!result.Complete)
        {
            text.WriteLine($"Not at the end yet: go on with --from {result.Position}.");
        }
    }
}
