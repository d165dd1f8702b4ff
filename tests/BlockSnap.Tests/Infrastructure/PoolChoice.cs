namespace BlockSnap.Tests.Infrastructure;

/// <summary>One set of sizes a pool can be run under. Whatever the choice, the bytes that disks and snapshots read are the same.</summary>
internal sealed record PoolChoice(string Name, int BlockBytes, int SegmentBytes, long CacheBytes, long CheckpointBytes, bool BackgroundWork)
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    /// <summary>The defaults, as a user gets them.</summary>
    public static PoolChoice Default { get; } = new("defaults", 4 * KiB, 16 * MiB, 128 * MiB, 256 * MiB, BackgroundWork: true);

    /// <summary>Everything small, so that segments, checkpoints, evictions and compactions come often, on the calling thread.</summary>
    public static PoolChoice Small { get; } = new("small", 4 * KiB, 64 * KiB, MiB, 64 * KiB, BackgroundWork: false);

    /// <summary>Small, but with checkpoints only where a test asks for one.</summary>
    public static PoolChoice SmallRareCheckpoints { get; } = Small with { Name = "small, rare checkpoints", CheckpointBytes = 256 * MiB };

    /// <summary>The sets that histories run under. A segment of 64 KiB has no room for a block of 64 KiB, so that pair is left out.</summary>
    public static IReadOnlyList<PoolChoice> All { get; } =
    [
        Default,
        Small,
        Small with { Name = "small in the background", BackgroundWork = true },
        Small with { Name = "tiny blocks", BlockBytes = 512 },
        new("tiny blocks, rare checkpoints", 512, MiB, MiB, 256 * MiB, BackgroundWork: true),
        new("segments of 1 MiB", 4 * KiB, MiB, MiB, MiB, BackgroundWork: false),
        new("big blocks", 64 * KiB, MiB, MiB, MiB, BackgroundWork: true),
        new("big blocks, rare checkpoints", 64 * KiB, MiB, MiB, 256 * MiB, BackgroundWork: false),
    ];

    public BlockSize BlockSize => new(BlockBytes);

    public static PoolChoice Named(string name) => All.Single(choice => choice.Name == name);

    public DiskPoolOptions ToOptions(SnapshotQuota? quota = null, TimeProvider? time = null) => new()
    {
        SegmentBytes = SegmentBytes,
        CacheBytes = CacheBytes,
        WriteBufferBytes = this == Default ? new DiskPoolOptions().WriteBufferBytes : 2 * MiB,
        CheckpointBytes = CheckpointBytes,
        BackgroundWork = BackgroundWork,
        SnapshotQuota = quota,
        ExpiryInterval = null, // a test says when
        TimeProvider = time ?? TimeProvider.System,
    };

    public override string ToString() => Name;
}
