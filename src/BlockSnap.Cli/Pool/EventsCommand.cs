using System.CommandLine;
using Spectre.Console;

namespace BlockSnap.Cli;

internal static class EventsCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<int?> last = Options.Number("--last", "N", "Only the last N", 0, int.MaxValue, "all");
        Option<bool> follow = Options.Flag(
            "--follow",
            "Go on with those to come, until interrupted; for a pool that is being served. "
                + "With --json each event is a document on a line of its own.");
        return new VerbCommand(
            "events",
            "List what ended in the pool lately: snapshots made, deleted, expired, disks rolled back, policies run, damage found.")
        {
            Arguments = { pool },
            Options = { last, follow },
            UntilInterrupted = follow,
            Examples = ["blocksnap events /srv/pool --last 20", "blocksnap events /srv/pool --follow --json | jq -r 'select(.result == \"failed\")'"],
            Body = async context =>
            {
                await using PoolLease lease = await context.OpenPoolAsync(pool);
                PoolEvents events = lease.Pool.Events;
                int count = context.Get(last) ?? int.MaxValue;
                if (context.Get(follow))
                {
                    await FollowAsync(context, events, count);
                    return new Silence();
                }

                var result = new EventListResult([.. events.Recent.TakeLast(count).Select(EventFacts.Of)]);
                return new Report<EventListResult>(result, CliJson.Relaxed.EventListResult, text =>
                {
                    foreach (EventFacts each in result.Events)
                    {
                        text.WriteLine(LineOf(each));
                    }
                });
            },
        };
    }

    private static async Task FollowAsync(CommandContext context, PoolEvents events, int recent)
    {
        if (!context.IsServed)
        {
            throw new ConflictException(
                "--follow needs a pool that 'blocksnap serve' has open: nothing else can happen in it while this command has it");
        }

        const int Capacity = 1024;
        using PoolEventReader reader = events.Subscribe(Capacity, Math.Min(recent, Capacity));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, context.Stopping);
        try
        {
            await foreach (PoolEvent next in reader.ReadAllAsync(stop.Token))
            {
                EventFacts facts = EventFacts.Of(next);
                if (context.Json)
                {
                    await JsonDocumentWriter.WriteAsync(facts, CliJson.Relaxed.EventFacts, context.Console);
                }
                else
                {
                    await context.Console.Output.WriteLineAsync(LineOf(facts));
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Interrupted, or the serving process ends: there is no other end.
        }
    }

    private static string LineOf(EventFacts each)
    {
        string what = each.Snapshot is null ? each.Disk ?? "" : $"{each.Disk}@{each.Snapshot}";
        return $"{TimeText.Short(each.End)}  {each.Kind,-18} {each.Result,-9} {what}{(each.Detail is null ? "" : $"  {each.Detail}")}".TrimEnd();
    }
}
