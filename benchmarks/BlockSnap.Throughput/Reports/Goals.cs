namespace BlockSnap.Throughput.Reports;

/// <summary>The goals and floors of the lines, by name. Ratios; for operations judged in F, numbers of F; for allocations, bytes.</summary>
internal static class Goals
{
    private static readonly Goal SizeFree = new(1.1, 1.2);
    private static readonly Goal SnapshotsFree = new(0.98, 0.95);

    private static readonly Dictionary<string, Goal> ByName = new()
    {
        ["write-4k"] = new(2.0, 1.3),
        ["write-256m-flush"] = new(4.0, 2.0),
        ["write-4k-flush"] = new(1.1, 0.9),
        ["write-4k-flush32"] = new(3.0, 1.8),
        ["group-commit"] = new(8, 4),
        ["write-after-snapshot"] = new(0.95, 0.85),
        ["write-flush-after-snapshot"] = new(0.95, 0.85),
        ["read-4k@10000"] = SnapshotsFree,
        ["read-1m@10000"] = SnapshotsFree,
        ["write-4k@10000"] = SnapshotsFree,
        ["write-4k-flush@10000"] = SnapshotsFree,
        ["write-1m@10000"] = SnapshotsFree,
        ["read-4k"] = new(1.0, 0.8),
        ["write-1m"] = new(0.9, 0.7),
        ["write-1m-flush"] = new(1.15, 0.9),
        ["read-1m"] = new(1.0, 0.85),
        ["read-1m-scattered"] = new(0.8, 0.6),
        ["read-4k-mapped"] = new(1.4, 0.8),
        ["read-1m-mapped"] = new(1.0, 0.85),
        ["read-1m-scattered-mapped"] = new(0.8, 0.6),
        ["snapshot-create"] = new(2, 5),
        ["snapshot-create-call"] = new(0.1, 1),
        ["snapshot-create-dirty"] = new(1.05, 1.3),
        ["snapshot-create@64x"] = SizeFree,
        ["snapshot-create@10000th"] = SizeFree,
        ["rollback"] = new(4, 10),
        ["rollback@64x"] = SizeFree,
        ["rollback@10000th"] = SizeFree,
        ["clone"] = new(4, 10),
        ["clone@64x"] = SizeFree,
        ["clone@10000th"] = SizeFree,
        ["diff-1pct"] = new(20, 40),
        ["diff-0.01pct"] = new(1, 4),
        ["delete-1pct"] = new(100, 200),
        ["delete-10pct"] = new(200, 400),
        ["delete-1pct-freed"] = new(1, 0.95),
        ["delete-10pct-freed"] = new(1, 0.95),
        ["write-while-compacting"] = new(1.2, 2),
        ["write-while-deleting"] = new(1.2, 2),
        ["space-ideal"] = new(1.15, 1.30),
        ["write-4k-written"] = new(1.5, 2.5),
        ["space-written"] = new(1.5, 2.5),
        ["open-after-kill"] = new(400, 2000),
        ["open-after-kill@64g"] = new(1.2, 2),
        ["allocated-read-4k"] = new(0, 0),
        ["allocated-write-4k"] = new(0, 0),
        ["allocated-read-1m"] = new(0, 0),
        ["allocated-write-1m"] = new(0, 0),
    };

    /// <summary>The goal of the line of that name; null when it has none.</summary>
    public static Goal? Find(string lineName) => ByName.GetValueOrDefault(lineName);
}
