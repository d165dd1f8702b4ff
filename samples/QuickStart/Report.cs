using System.Diagnostics;
using BlockSnap;

namespace QuickStart;

/// <summary>Prints one chapter of the sample: each line with the time since the line before.</summary>
internal sealed class Report
{
    private long _lastTimestamp;

    public Report(string title)
    {
        Console.WriteLine($"\n{title}");
        _lastTimestamp = Stopwatch.GetTimestamp();
    }

    public void Done(string what, string figures = "")
    {
        double milliseconds = Stopwatch.GetElapsedTime(_lastTimestamp).TotalMilliseconds;
        Console.WriteLine($"{milliseconds,10:N2} ms  {what,-48}{figures}".TrimEnd());
        _lastTimestamp = Stopwatch.GetTimestamp();
    }

    /// <summary>A line per snapshot. Stored bytes add up to what the chain holds; exclusive bytes are what deleting that one would free.</summary>
    public static void Print(IReadOnlyList<SnapshotUsage> chain, PoolUsage pool)
    {
        Console.WriteLine($"\n  {"snapshot",-12}{"stored",14}{"exclusive",14}{"shared",14}");
        foreach (SnapshotUsage usage in chain)
        {
            string sizes = $"{Bytes(usage.StoredBytes),14}{Bytes(usage.ExclusiveBytes),14}{Bytes(usage.SharedBytes),14}";
            Console.WriteLine($"  {usage.Snapshot.Name,-12}{sizes}");
        }

        Console.WriteLine($"  {"in all",-12}{Bytes(chain.Sum(usage => usage.StoredBytes)),14}");
        Console.WriteLine($"  pool: logical {Bytes(pool.LogicalBytes)}, referenced {Bytes(pool.ReferencedBytes)}, "
            + $"physical {Bytes(pool.PhysicalBytes)}, dead {Bytes(pool.DeadBytes)}");
    }

    public static async Task<string> SummariseAsync(IAsyncEnumerable<ChangedExtent> extents)
    {
        long data = 0, zero = 0, count = 0;
        await foreach (ChangedExtent extent in extents)
        {
            count++;
            if (extent.Kind == ChangeKind.Data)
            {
                data += extent.Length;
            }
            else
            {
                zero += extent.Length;
            }
        }

        return $"{count:N0} extents, {Bytes(data)} written, {Bytes(zero)} now zero";
    }

    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):N2} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):N2} MiB",
        >= 1L << 10 => $"{bytes / (double)(1L << 10):N2} KiB",
        _ => $"{bytes} B",
    };
}
