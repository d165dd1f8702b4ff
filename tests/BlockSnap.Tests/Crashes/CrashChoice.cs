namespace BlockSnap.Tests.Crashes;

/// <summary>Options of the pools that crash: everything small and on the calling thread, ids and clock the same on every run.</summary>
internal static class CrashChoice
{
    // Never begins anew: a pool that is opened again must not give an id twice.
    private static int s_ids;

    /// <summary>Marks the ids that the golden pools hold: what is made in them later must have others.</summary>
    public const short GoldenIds = 1;

    private const short OtherIds = 2;

    /// <summary>Few automatic snapshots, so that some have to give way; more of all kinds than the workload asks for by itself.</summary>
    public static SnapshotQuota Quota { get; } = new(8, null, 3);

    public static DiskPoolOptions Options(int checkpointKiB = 128, long? capacityBytes = null, ManualTime? time = null, short ids = OtherIds)
    {
        return new DiskPoolOptions
        {
            SegmentBytes = 64 << 10,
            CacheBytes = 1 << 20,
            CheckpointBytes = checkpointKiB << 10,
            WriteBufferBytes = 2 << 20,
            CapacityBytes = capacityBytes,
            BackgroundWork = false,
            SnapshotQuota = time is null ? SnapshotQuota.Unlimited : Quota, // the clock is that of a workload, which knows the quota
            TimeProvider = time ?? new ManualTime(),
            NewGuid = () => new Guid(Interlocked.Increment(ref s_ids), ids, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        };
    }

    public static DiskPool Create(IStorageDevice device, int checkpointKiB = 128, long? capacityBytes = null, ManualTime? time = null) =>
        DiskPool.CreateAsync(device, Options(checkpointKiB, capacityBytes, time)).GetAwaiter().GetResult();

    public static DiskPool Open(IStorageDevice device, int checkpointKiB = 128, long? capacityBytes = null, ManualTime? time = null) =>
        DiskPool.OpenAsync(device, Options(checkpointKiB, capacityBytes, time)).GetAwaiter().GetResult();
}
