namespace BlockSnap.Simulation;

/// <summary>What a seed stands for: the sizes of a pool, and the steps of its life. Immutable.</summary>
/// <param name="Seed">The seed; sizes follow from it alone, so that steps may be left out.</param>
/// <param name="Steps">In order.</param>
internal sealed record SimulationCase(long Seed, IReadOnlyList<Step> Steps)
{
    private const int DisksAtFirst = 3;

    // How often a kind comes, among all weights.
    private static readonly (int Weight, StepKind Kind)[] s_weights =
    [
        (300, StepKind.Write), (35, StepKind.WriteZeroes), (60, StepKind.Discard), (70, StepKind.Flush), (70, StepKind.Snapshot),
        (55, StepKind.DeleteSnapshots), (40, StepKind.Rollback), (20, StepKind.Undo), (30, StepKind.Clone), (12, StepKind.CreateDisk),
        (15, StepKind.DeleteDisk), (25, StepKind.Resize), (20, StepKind.Checkpoint), (20, StepKind.Compact), (8, StepKind.Check),
        (20, StepKind.Reopen), (20, StepKind.OpenView), (20, StepKind.CloseView), (130, StepKind.Work), (40, StepKind.Crash),
        (25, StepKind.Fault), (12, StepKind.Space), (25, StepKind.Policy), (25, StepKind.RunPolicies), (30, StepKind.SpecialSnapshot),
        (25, StepKind.Hold), (20, StepKind.Lock), (15, StepKind.Retain), (20, StepKind.Trash), (20, StepKind.Undelete), (15, StepKind.DeleteKept),
        (15, StepKind.RollbackInUse), (35, StepKind.Group), (25, StepKind.RollbackGroup), (10, StepKind.DeleteGroup), (12, StepKind.Reinitialize),
        (12, StepKind.Synchronize), (25, StepKind.Image), (10, StepKind.Import), (10, StepKind.Suspend), (12, StepKind.Quota), (15, StepKind.Expire), (4, StepKind.Purge), (20, StepKind.Usage),
        (8, StepKind.Scrub),
    ];

    private static readonly int s_weight = s_weights.Sum(entry => entry.Weight);

    /// <summary>The kinds of steps that come.</summary>
    public static IEnumerable<StepKind> Kinds => s_weights.Select(entry => entry.Kind);

    /// <summary>The case of a seed.</summary>
    public static SimulationCase Of(long seed, int steps)
    {
        var random = new SeededRandom(seed);
        IEnumerable<Step> first = Enumerable.Range(0, DisksAtFirst).Select(number => MakeStep(StepKind.CreateDisk, random) with { Within = 0, Pick = number });
        return new SimulationCase(seed, [.. first, .. Enumerable.Range(0, steps).Select(_ => MakeStep(KindOf(random.Next(s_weight)), random))]);
    }

    /// <summary>The options of its pool, but for clock, ids and work queue.</summary>
    public DiskPoolOptions Options()
    {
        var random = new SeededRandom(~Seed);
        int segmentBytes = 65536 << random.Next(2);
        return new DiskPoolOptions
        {
            SegmentBytes = segmentBytes,
            CacheBytes = 1 << 20,
            WriteBufferBytes = 2 << 20,
            CheckpointBytes = 65536 << random.Next(4),
            DeadShare = random.Next(2) == 0 ? 0.05 : 0.2,
            BackgroundWork = random.Next(4) > 0,
            SnapshotQuota = Quota(random.Next(4)),
            EventsKept = random.Next(3) == 0 ? 10 : 256,
            HolePunching = random.Next(4) == 0 ? HolePunching.AfterDeletes : HolePunching.Always,
        };
    }

    /// <summary>The quota with which a pool is opened, one in four times: else what it keeps holds.</summary>
    public static SnapshotQuota? Quota(int choice) => choice % 4 == 0 ? new SnapshotQuota(6, null, 2) : null;

    private static Step MakeStep(StepKind kind, SeededRandom random)
    {
        int within = random.Next(3) == 0 ? 1 + random.Next(random.Next(4) == 0 ? 60 : 12) : 0;
        int length = random.Next(4) == 0 ? random.Next(100_000) : random.Next(10_000);
        var step = new Step(kind, random.Next(8), random.Next(32), random.Next(1 << 20), length, random.Next(1 << 10), within);
        return kind switch
        {
            StepKind.Crash => step with { At = random.Next(40), Length = random.Next(3) == 0 ? 1 + random.Next(30) : 0, Within = 0 },
            StepKind.Fault => step with { At = 1 + random.Next(20), Length = random.Next(3), Within = 0 },
            StepKind.Reopen or StepKind.Space => step with { Within = 0 },
            _ => step,
        };
    }

    private static StepKind KindOf(int roll)
    {
        foreach ((int weight, StepKind kind) in s_weights)
        {
            if (roll < weight)
            {
                return kind;
            }

            roll -= weight;
        }

        throw new ArgumentOutOfRangeException(nameof(roll));
    }
}
