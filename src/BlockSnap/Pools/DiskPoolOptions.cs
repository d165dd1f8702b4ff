using System.Numerics;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BlockSnap;

/// <summary>Choices for a pool. All have defaults; they are checked when the pool is opened. Immutable.</summary>
public sealed record DiskPoolOptions
{
    /// <summary>The most days for which what is deleted can be had back: ten years.</summary>
    public const int TrashDaysMax = 3_660;

    /// <summary>The size of a segment file, fixed when the pool is created: a power of two from 64 KiB to 256 MiB. Default 16 MiB.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;

    /// <summary>Memory for map nodes and reference counts, at least 1 MiB. Default 128 MiB.</summary>
    public long CacheBytes { get; init; } = 128L << 20;

    /// <summary>Memory for writes on their way to the device, at least 2 MiB. Default 16 MiB.</summary>
    public long WriteBufferBytes { get; init; } = 16L << 20;

    /// <summary>
    /// Bytes of log after which a checkpoint is made at the latest, at least 64 KiB. In a pool that holds less than four times as much it is made
    /// after a quarter of what the pool holds, but not before a quarter of this and 16 segments. Opening a pool after a crash reads the batch heads
    /// of twice as much at most. Default 1 GiB.
    /// </summary>
    public long CheckpointBytes { get; init; } = 1L << 30;

    /// <summary>The most bytes the pool's segment files may take, at least sixteen segments, or null (the default) for what the device has.</summary>
    public long? CapacityBytes { get; init; }

    /// <summary>The share of dead bytes in the segments that compaction tolerates, 0.02 to 0.9. Default 0.2.</summary>
    public double DeadShare { get; init; } = 0.2;

    /// <summary>
    /// The quota of snapshots per disk while this pool object is open, or null (the default): what <see cref="DiskPool.SetQuotaAsync"/> said, else
    /// 64.
    /// </summary>
    public SnapshotQuota? SnapshotQuota { get; init; }

    /// <summary>The most disks in a group snapshot, 1 to 10 (the default).</summary>
    public int GroupDisksMax { get; init; } = 10;

    /// <summary>The most bytes that the disks of a group snapshot may have together. Default 32 TiB.</summary>
    public long GroupBytesMax { get; init; } = 32L << 40;

    /// <summary>The most policies for automatic snapshots, 1 to 10,000. Default 100.</summary>
    public int PoliciesMax { get; init; } = 100;

    /// <summary>Days for which the state before a rollback is kept, 1 to 65,536, or null for ever. Default 30.</summary>
    public int? UndoRetentionDays { get; init; } = 30;

    /// <summary>The most states before rollbacks that are kept of a disk, 1 to 64. With one more the oldest goes. Default 8.</summary>
    public int UndoPointsMax { get; init; } = 8;

    /// <summary>
    /// How often the open pool deletes by itself what has outlived its retention, 1 second to 1 day, for the first time a minute after it was opened.
    /// Null, or no <see cref="BackgroundWork"/>: only <see cref="DiskPool.ExpireAsync"/> and policy runs do. Default 1 hour.
    /// </summary>
    public TimeSpan? ExpiryInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a deleted snapshot can be had back, up to <see cref="TrashDaysMax"/> days; zero (the default): not at all.</summary>
    public TimeSpan TrashGrace { get; init; }

    /// <summary>
    /// Whether the pool is only read, also after a crash: its files stay as they are, and every change is refused with a
    /// <see cref="PoolReadOnlyException"/>. Only for a pool that exists. Default false.
    /// </summary>
    public bool ReadOnly { get; init; }

    /// <summary>When space of dead blocks between living ones goes back to the device, as holes of files. Default after deletions.</summary>
    public HolePunching HolePunching { get; init; } = HolePunching.AfterDeletes;

    /// <summary>
    /// Whether a pool that is opened by its directory reads blocks through mappings of its files: faster where they are cached, but a failing storage
    /// then ends the process, see <see cref="DirectoryDevice.MapsReads"/>, and asynchronous reads hold their thread. Default false.
    /// </summary>
    public bool MappedReads { get; init; }

    /// <summary>Whether background threads write, release and compact. Default true; false leaves that to the calls themselves.</summary>
    public bool BackgroundWork { get; init; } = true;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How many of the last events are kept, also while the pool is closed, 0 to 10,000. Default 256.</summary>
    public int EventsKept { get; init; } = 256;

    /// <summary>Where the pool logs: a message per opening, ended operation and failure, none per read or write. Default nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Who does the background work; null for threads. With a test's own, every call also stays on the thread that made it.</summary>
    internal IWorkQueue? WorkQueue { get; init; }

    /// <summary>Whether the pool uses other threads than its callers'.</summary>
    internal bool HasThreads => BackgroundWork && WorkQueue is null;

    /// <summary>Where identities come from; a test may replace it to have the same ones again.</summary>
    internal Func<Guid> NewGuid { get; init; } = IdSource.Next;

    /// <summary>Which start of the machine this is, see <see cref="Devices.MachineStart"/>; a test may start it anew.</summary>
    internal Func<Guid> MachineStart { get; init; } = Devices.MachineStart.Read;

    /// <summary>Refuses what is out of range. Opening and creating a pool do that by themselves.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is; the message says which and what it may be.</exception>
    public void Validate()
    {
        bool isSegmentSize = SegmentBytes is >= Superblock.SegmentBytesMin and <= Superblock.SegmentBytesMax && BitOperations.IsPow2(SegmentBytes);
        Require(isSegmentSize, nameof(SegmentBytes), SegmentBytes, "a power of two from 64 KiB to 256 MiB");
        Require(CacheBytes >= 1 << 20, nameof(CacheBytes), CacheBytes, "at least 1 MiB");
        Require(WriteBufferBytes >= LogWriter.ChunkBytes, nameof(WriteBufferBytes), WriteBufferBytes, "at least 2 MiB");
        Require(CheckpointBytes >= 64 << 10, nameof(CheckpointBytes), CheckpointBytes, "at least 64 KiB");
        const long CapacityMin = SegmentFiles.CapacityFilesMin * (long)Superblock.SegmentBytesMin;
        Require(CapacityBytes is null or >= CapacityMin, nameof(CapacityBytes), CapacityBytes, "at least sixteen segments");
        Require(DeadShare is >= 0.02 and <= 0.9, nameof(DeadShare), DeadShare, "0.02 to 0.9");
        Require(SnapshotQuota is null or { IsValid: true }, nameof(SnapshotQuota), SnapshotQuota, "null, or one whose limits are at least 1 or null");
        Require(GroupDisksMax is >= 1 and <= 10, nameof(GroupDisksMax), GroupDisksMax, "1 to 10");
        Require(GroupBytesMax >= 1, nameof(GroupBytesMax), GroupBytesMax, "at least 1");
        Require(PoliciesMax is >= 1 and <= 10_000, nameof(PoliciesMax), PoliciesMax, "1 to 10,000");
        bool isRetention = UndoRetentionDays is null or (>= 1 and <= Snapshot.RetentionDaysMax);
        Require(isRetention, nameof(UndoRetentionDays), UndoRetentionDays, $"1 to {Snapshot.RetentionDaysMax} days, or null");
        Require(UndoPointsMax is >= 1 and <= 64, nameof(UndoPointsMax), UndoPointsMax, "1 to 64");
        bool isInterval = ExpiryInterval is null || (ExpiryInterval >= TimeSpan.FromSeconds(1) && ExpiryInterval <= TimeSpan.FromDays(1));
        Require(isInterval, nameof(ExpiryInterval), ExpiryInterval, "1 second to 1 day, or null");
        bool isGrace = TrashGrace >= TimeSpan.Zero && TrashGrace <= TimeSpan.FromDays(TrashDaysMax);
        Require(isGrace, nameof(TrashGrace), TrashGrace, $"zero to {TrashDaysMax} days");
        Require(EventsKept is >= 0 and <= 10_000, nameof(EventsKept), EventsKept, "0 to 10,000");
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(LoggerFactory);

        static void Require(bool holds, string option, object? value, string range)
        {
            if (!holds)
            {
                throw new ArgumentOutOfRangeException(option, value, $"The option {option} must be {range}.");
            }
        }
    }
}
