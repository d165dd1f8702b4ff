using System.IO.Enumeration;
using BlockSnap.Throughput.Patterns;
using BlockSnap.Throughput.Reports;
using BlockSnap.Throughput.Workloads;

namespace BlockSnap.Throughput;

/// <summary>All workloads in the order in which they run: reads of a freshly filled disk first, and those that share pools together.</summary>
internal static class WorkloadCatalog
{
    private const int GroupCommitTasks = 16;

    private static readonly int[] SnapshotCounts = [10_000];

    private static readonly StreamWorkload[] Streams =
    [
        new()
        {
            Name = "read-4k",
            Meaning = "4 KiB random reads of a full disk, warm",
            Pattern = (size, seed) => new RandomReadPattern(size, seed),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.InOrder,
        },
        new()
        {
            Name = "read-1m",
            Meaning = "1 MiB sequential reads of a full disk written in order, warm",
            Pattern = (_, _) => new SequentialReadPattern(),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.InOrder,
        },
        new()
        {
            Name = "read-4k-mapped",
            Meaning = "read-4k with the option MappedReads",
            Pattern = (size, seed) => new RandomReadPattern(size, seed),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.InOrder,
            IsMapped = true,
        },
        new()
        {
            Name = "read-1m-mapped",
            Meaning = "read-1m with the option MappedReads",
            Pattern = (_, _) => new SequentialReadPattern(),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.InOrder,
            IsMapped = true,
        },
        new()
        {
            Name = "write-1m",
            Meaning = "1 GiB of 1 MiB sequential writes without flush",
            Pattern = (size, seed) => new SequentialWritePattern(Math.Min(ByteSize.GiB, size), flush: false, seed),
            PageCache = PageCacheState.LargeWrites,
        },
        new()
        {
            Name = "write-1m-flush",
            Meaning = "1 GiB of 1 MiB sequential writes and one flush",
            Pattern = (size, seed) => new SequentialWritePattern(Math.Min(ByteSize.GiB, size), flush: true, seed),
            PageCache = PageCacheState.LargeWrites,
            IsFlushBound = true,
        },
        new()
        {
            Name = "write-4k",
            Meaning = "1 GiB of 4 KiB random writes without flush, and what it writes to the device",
            ReportsWritten = true,
            Pattern = (size, seed) => new BulkRandomWritePattern(size, Math.Min(ByteSize.GiB, size), flush: false, seed),
            PageCache = PageCacheState.SmallWrites,
        },
        new()
        {
            Name = "write-256m-flush",
            Meaning = "256 MiB of 4 KiB random writes and one flush",
            Pattern = (size, seed) => new BulkRandomWritePattern(size, Math.Min(256 * ByteSize.MiB, size), flush: true, seed),
            PageCache = PageCacheState.SmallWrites,
            IsFlushBound = true,
        },
        new()
        {
            Name = "write-4k-flush",
            Meaning = "4 KiB random writes, a flush after each",
            Pattern = (size, seed) => new RandomWritePattern(size, 1, seed),
            PageCache = PageCacheState.SmallWrites,
            IsFlushBound = true,
        },
        new()
        {
            Name = "write-4k-flush32",
            Meaning = "4 KiB random writes, a flush after every 32",
            Pattern = (size, seed) => new RandomWritePattern(size, 32, seed),
            PageCache = PageCacheState.SmallWrites,
            IsFlushBound = true,
        },
    ];

    private static readonly Workload[] Others =
    [
        new StreamWorkload
        {
            Name = "read-1m-scattered",
            Meaning = "1 MiB sequential reads of a disk whose every block was overwritten in random order, warm",
            Pattern = (_, _) => new SequentialReadPattern(),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.Scattered,
        },
        new StreamWorkload
        {
            Name = "read-1m-scattered-mapped",
            Meaning = "the same with the option MappedReads",
            Pattern = (_, _) => new SequentialReadPattern(),
            PageCache = PageCacheState.ReadThrough,
            Layout = PoolLayout.Scattered,
            IsMapped = true,
        },
        new StreamWorkload
        {
            Name = "group-commit",
            Meaning = $"{GroupCommitTasks} tasks, each with 4 KiB random writes and a flush after each, against one raw thread",
            Pattern = (size, seed) => new GroupCommitPattern(size, GroupCommitTasks, seed),
            RawPattern = (size, seed) => new RandomWritePattern(size, 1, seed),
            PageCache = PageCacheState.SmallWrites,
            IsFlushBound = true,
        },
        new AfterSnapshotWorkload
        {
            Name = "write-after-snapshot",
            Meaning = "4 KiB random writes right after a snapshot against right before",
            FlushEvery = 0,
        },
        new AfterSnapshotWorkload { Name = "write-flush-after-snapshot", Meaning = "the same with a flush after each", FlushEvery = 1 },
        new DiffWorkload
        {
            Name = "diff-1pct",
            Meaning = "list what changed between two snapshots, 1 % of the blocks at random",
            ChangedShare = 0.01,
        },
        new DiffWorkload { Name = "diff-0.01pct", Meaning = "the same, 0.01 %", ChangedShare = 0.0001 },
        new DeleteWorkload { Name = "delete-1pct", Meaning = "delete a snapshot that alone holds 1 % of the blocks", ChangedShare = 0.01 },
        new DeleteWorkload { Name = "delete-10pct", Meaning = "the same, 10 %", ChangedShare = 0.1 },
        new InterferenceWorkload
        {
            Name = "write-while-compacting",
            Meaning = "99th percentile of 4 KiB random writes beside a compact of 6 % dead bytes against a quiet pool",
            Prepare = BackgroundWork.PrepareCompact,
            Work = BackgroundWork.Compact,
        },
        new InterferenceWorkload
        {
            Name = "write-while-deleting",
            Meaning = "the same beside the deletion of eight snapshots that alone hold 0.75 % each",
            Prepare = BackgroundWork.PrepareDelete,
            Work = BackgroundWork.Delete,
        },
        new AllocationWorkload { Name = "allocated", Meaning = "managed bytes of one aligned synchronous read or write" },
        new OpenAfterKillWorkload
        {
            Name = "open-after-kill",
            Meaning = "open and first read after SIGKILL with 256 MiB of log since the checkpoint: flushed, and dirty in the system's cache",
        },
        new OpenLargeWorkload { Name = "open-after-kill@64g", Meaning = "the same with 64 GiB mapped against 4 GiB" },
        new LifecycleWorkload
        {
            Name = "snapshot-create",
            Meaning = "make a snapshot until durable: in F, on a disk 64 times the size, with 64 MiB dirty",
            Operation = new SnapshotOperation(),
        },
        new LifecycleWorkload { Name = "rollback", Meaning = "roll back until durable, the same three", Operation = new RollbackOperation() },
        new LifecycleWorkload
        {
            Name = "clone",
            Meaning = "make a disk from a snapshot until durable, the same three",
            Operation = new CloneOperation(),
        },
        new BackupWorkload
        {
            Name = "backup-1pct",
            Meaning = "write what changed between two snapshots, 1 %, into a file, durably",
            IsExtra = true,
        },
        new SpaceWorkload
        {
            Name = "space",
            Meaning = "bytes on the device and bytes written after ten overwrites of 1 GiB with a snapshot each, three kept",
        },
    ];

    public static IReadOnlyList<Workload> All { get; } = [.. Streams, .. Others, .. SnapshotCounts.SelectMany(WithSnapshots)];

    /// <summary>The workloads that match any of the names, in the order in which they run; without names all but the extra ones.</summary>
    /// <exception cref="FormatException">A name matches none.</exception>
    public static IReadOnlyList<Workload> Select(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return [.. All.Where(workload => !workload.IsExtra)];
        }

        string? unknown = names.FirstOrDefault(name => !All.Any(workload => Matches(name, workload)));
        return unknown is null
            ? [.. All.Where(workload => names.Any(name => Matches(name, workload)))]
            : throw new FormatException($"There is no workload '{unknown}'; --list shows all.");
    }

    private static bool Matches(string name, Workload workload) => FileSystemName.MatchesSimpleExpression(name, workload.Name);

    // Only those with a goal, since each takes most of a minute.
    private static IEnumerable<Workload> WithSnapshots(int count)
    {
        IEnumerable<StreamWorkload> withGoal = Streams.Where(stream => Goals.Find($"{stream.Name}@{count}") is not null);
        return withGoal.Select(stream => new SnapshotLoadWorkload
        {
            Name = $"{stream.Name}@{count}",
            Meaning = $"{stream.Name} on a disk with {count} snapshots against one without",
            Stream = stream,
            SnapshotCount = count,
        });
    }
}
