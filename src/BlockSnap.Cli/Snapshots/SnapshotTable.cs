using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Snapshots for people, a line each.</summary>
internal static class SnapshotTable
{
    public static void Write(IAnsiConsole text, IEnumerable<(string Disk, SnapshotFacts Snapshot)> snapshots)
    {
        var table = new TextTable("NAME", "CREATED", "KIND", ">SIZE", ">STORED", ">EXCLUSIVE", ">SHARED", "KEPT", "TAGS");
        foreach ((string disk, SnapshotFacts snapshot) in snapshots)
        {
            table.Add(
                $"{disk}@{snapshot.Name}",
                TimeText.Short(snapshot.Created),
                snapshot.Status == SnapshotFacts.Accomplished ? snapshot.Kind : $"{snapshot.Kind}, {snapshot.Status} at {snapshot.ProgressPercent} %",
                ByteText.Of(snapshot.Size),
                ByteText.Of(snapshot.StoredBytes),
                ByteText.Of(snapshot.ExclusiveBytes),
                ByteText.Of(snapshot.SharedBytes),
                KeptText(snapshot),
                string.Join(' ', snapshot.Tags.Select(tag => $"{tag.Key}={tag.Value}")));
        }

        table.WriteTo(text);
    }

    // What ends its life, and what stands against that.
    private static string KeptText(SnapshotFacts snapshot)
    {
        var parts = new List<string>();
        if (snapshot.Expires is { } end)
        {
            parts.Add($"until {TimeText.Day(end)}");
        }

        if (snapshot.LockedUntil is { } until)
        {
            parts.Add($"locked until {TimeText.Day(until)}");
        }

        parts.AddRange((snapshot.Holds ?? []).Select(hold => $"held by {hold}"));
        return string.Join(", ", parts);
    }
}
