using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class CompactCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<bool> dryRun = Options.DryRun();
        return new VerbCommand("compact", "Give all dead space back to the file system. No snapshot and no disk changes.")
        {
            Arguments = { pool },
            Options = { dryRun },
            Examples = ["blocksnap compact /srv/pool --dry-run", "blocksnap compact /srv/pool"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                DiskPool opened = lease.Pool;
                CompactResult result = await CompactAsync(context, opened, context.Get(dryRun));
                return new Report<CompactResult>(result, CliJson.Relaxed.CompactResult, text => Write(text, result));
            },
        };
    }

    private static async Task<CompactResult> CompactAsync(CommandContext context, DiskPool pool, bool dryRun)
    {
        PoolUsage before = await pool.GetUsageAsync(context.CancellationToken);
        if (dryRun)
        {
            CompactionPreview preview = await pool.PreviewCompactAsync(context.CancellationToken);
            return new CompactResult(before.PhysicalBytes, before.DeadBytes, preview.FreedBytes, [])
            {
                MovedBytes = preview.MovedBytes,
                DryRun = true,
            };
        }

        IReadOnlyList<string> damaged = [];
        PoolUsage after = await context.WithProgressAsync("Compacting", ProgressUnit.Steps, async progress =>
        {
            damaged = (await pool.CompactAsync(progress, context.CancellationToken)).DamagedFiles;
            return await pool.GetUsageAsync(context.CancellationToken);
        });
        // A small pool may be larger afterwards, by the checkpoint that compaction makes.
        return new CompactResult(after.PhysicalBytes, after.DeadBytes, Math.Max(0, before.PhysicalBytes - after.PhysicalBytes), damaged);
    }

    private static void Write(IAnsiConsole text, CompactResult result)
    {
        string done = result.DryRun
            ? $"Would write {ByteText.Of(result.MovedBytes ?? 0)} again and give back about {ByteText.Of(result.FreedBytes)}"
            : $"Gave back {ByteText.Of(result.FreedBytes)}";
        text.WriteLine($"{done}; the pool takes {ByteText.Of(result.PhysicalBytes)}.");
        if (result.DamagedFiles.Count > 0)
        {
            string files = string.Join(", ", result.DamagedFiles);
            text.WriteLine($"Left alone, because damaged: {files}. 'blocksnap scrub' says what is lost.");
        }
    }
}
