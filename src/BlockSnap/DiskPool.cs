using System.Diagnostics;
using BlockSnap.Capacity;
using BlockSnap.Catalogs;
using BlockSnap.Checks;
using BlockSnap.Diagnostics;
using BlockSnap.Disks;
using BlockSnap.Items;
using BlockSnap.Log;
using BlockSnap.Pools;
using BlockSnap.Snapshots;
using BlockSnap.Storage;

namespace BlockSnap;

/// <summary>
/// A pool of virtual disks with snapshots, in a directory or on a device of one's own. One process owns a pool at a time.
/// Disposing it flushes, makes a checkpoint and closes. Thread-safe.
/// </summary>
public sealed partial class DiskPool : IDisposable, IAsyncDisposable
{
    // The share of the live bytes that a compaction on request leaves dead.
    private const double CompactedDeadShare = 0.02;

    private readonly IStorageDevice _device;
    private readonly bool _ownsDevice;
    private readonly IDisposable _ownership;
    private readonly PoolCore _core;
    private readonly Upkeep _upkeep;
    private readonly ExpiryLoop? _expiry;
    private int _disposed;

    private DiskPool(IStorageDevice device, bool ownsDevice, IDisposable ownership, PoolCore core)
    {
        _device = device;
        _ownsDevice = ownsDevice;
        _ownership = ownership;
        _core = core;
        _upkeep = new Upkeep(core);
        Groups = new SnapshotGroups(core);
        Images = new PoolImages(core);
        Policies = new SnapshotPolicies(core);
        Events = new PoolEvents(core.Events);
        _expiry = ExpiryLoop.Start(core);
    }

    /// <summary>The pool's identity.</summary>
    public Guid Id => _core.Store.PoolId;

    /// <summary>When the pool was created, UTC.</summary>
    public DateTimeOffset Created => _core.Store.Created;

    /// <summary>The version of its format on disk.</summary>
    public int FormatVersion => Format.FormatVersion.Current;

    /// <summary>Where it is: the directory, or what the device calls itself.</summary>
    public string Location => _device.Description;

    /// <summary>Whether a failure of the device has ended all writing. Opening the pool again tells what is durable, and goes on.</summary>
    public bool IsFaulted => _core.Store.Log.IsFaulted;

    /// <summary>Makes a disk: empty, sparse, at no cost whatever its size.</summary>
    /// <param name="name">1 to 128 characters without '@', '/' and control characters, not "-".</param>
    /// <param name="size">0 to 2^62 bytes.</param>
    /// <param name="blockSize">The map block, fixed for the disk's life; 4 KiB unless given; at most a quarter of a segment.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskExistsException">The name is taken.</exception>
    public async Task<IDisk> CreateDiskAsync(string name, long size, BlockSize blockSize = default, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        Names.CheckDisk(name);
        if (size is < 0 or > IDisk.SizeMax)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "A disk has 0 to 2^62 bytes.");
        }

        if (blockSize.Bytes > _core.Store.SegmentBytes / 4)
        {
            throw new ArgumentOutOfRangeException(
                nameof(blockSize),
                blockSize.Bytes,
                $"In this pool, with segments of {_core.Store.SegmentBytes} bytes, a block has at most a quarter of that.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        DiskId id = _core.Commit<DiskId>(() =>
        {
            _core.ThrowIfTaken(name);
            var diskId = new DiskId(_core.NewGuid());
            return (new PoolOperation.CreateDisk(_core.Catalog.NextNumber, diskId, name, size, blockSize, 0, null), diskId);
        });
        await _core.FlushAsync().ConfigureAwait(false);
        return DiskHandles.Open(_core, id);
    }

    /// <summary>Opens a disk by name. Handles are light; any number may be open.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public IDisk OpenDisk(string name)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(name);
        return DiskHandles.Open(_core, name);
    }

    /// <summary>Opens a disk by identity.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public IDisk OpenDisk(DiskId id)
    {
        ThrowIfDisposed();
        return DiskHandles.Open(_core, id);
    }

    /// <summary>The disks, by name.</summary>
    /// <param name="includeReleased">Also deleted disks that have snapshots left.</param>
    public IReadOnlyList<DiskInfo> ListDisks(bool includeReleased = false)
    {
        ThrowIfDisposed();
        using (_core.Gate.Enter())
        {
            return
            [
                .. _core.Catalog.All
                    .Where(chain => includeReleased || !chain.Volume.IsReleased)
                    .Select(InfoOf)
                    .OrderBy(disk => disk.Name, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>The chain of a disk, by the disk's name or identity; also of a deleted disk with snapshots left.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public ISnapshotChain OpenChain(string diskNameOrId)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(diskNameOrId);
        using (_core.Gate.Enter())
        {
            ChainState? chain = _core.Catalog.Find(diskNameOrId)
                ?? (DiskId.TryParse(diskNameOrId, out DiskId id) ? _core.Catalog.Find(id) : null)
                ?? _core.Catalog.All.LastOrDefault(released => released.Volume.Name == diskNameOrId);
            return new SnapshotChain(_core, chain ?? throw new DiskNotFoundException(diskNameOrId));
        }
    }

    /// <summary>
    /// Deletes a disk. Its snapshots stay: <see cref="OpenChain"/> with the disk's id reaches them, to make disks of them or to delete them too. Its
    /// undo points go with it, and so do its automatic snapshots that nothing holds, when that was asked for
    /// (<see cref="SnapshotPolicies.DeleteSnapshotsWithDiskAsync"/>).
    /// </summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public async Task DeleteDiskAsync(string name, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(name);
        cancellationToken.ThrowIfCancellationRequested();
        while (!_core.Commit(Step))
        {
            // each step deletes as many automatic snapshots as one record takes; the last one deletes the disk too
        }

        await _core.FlushAsync().ConfigureAwait(false);

        (PoolOperation Operation, bool IsDone) Step()
        {
            ChainState chain = _core.Catalog.Find(name) ?? throw new DiskNotFoundException(name);
            PoolCore.ThrowIfChanging(chain);
            List<SnapshotState> doomed = [.. Deletion.WithDisk(_core, chain).Take(Deletion.AtOnceMax)];
            PoolOperation? deleteSnapshots = Deletion.Of(_core, chain, doomed, _core.Options.TrashGrace);
            if (doomed.Count == Deletion.AtOnceMax)
            {
                return (deleteSnapshots!, false);
            }

            PoolOperation deleteDisk = new PoolOperation.DeleteDisk(chain.Volume.Number);
            return (deleteSnapshots is null ? deleteDisk : new PoolOperation.Several([deleteSnapshots, deleteDisk]), true);
        }
    }

    /// <summary>
    /// What <see cref="DeleteDiskAsync"/> would do now: the undo points and automatic snapshots that go with the disk, and the exact bytes that all
    /// of it frees. Changes nothing.
    /// </summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public async Task<DeletePreview> PreviewDeleteDiskAsync(string name, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(name);
        ChainState chain;
        using (_core.Gate.Enter())
        {
            chain = _core.Catalog.Find(name) ?? throw new DiskNotFoundException(name);
        }

        DeletePreview? preview = null;
        await InBackground(() => preview = Deletion.PreviewDisk(_core, chain, cancellationToken), cancellationToken).ConfigureAwait(false);
        return preview!;
    }

    /// <summary>
    /// What differs between two disks or snapshot views of this pool, in order, in whole blocks clipped to the newer one's size. The work is
    /// in proportion to what changed when they share a past. A block counts as changed when it was written, whatever was written.
    /// </summary>
    /// <param name="from">The older state, or null for an empty one: then everything allocated is listed.</param>
    /// <param name="to">The newer state.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="ArgumentException">One is not of this library, or the block sizes differ.</exception>
    public IAsyncEnumerable<ChangedExtent> DiffAsync(IDisk? from, IDisk to, CancellationToken cancellationToken = default) =>
        DiffAsync(from, to, new ByteRange(0, long.MaxValue), cancellationToken);

    /// <summary>As <see cref="DiffAsync(IDisk?, IDisk, CancellationToken)"/>, for a range only; the work is in proportion to it.</summary>
    /// <param name="from">The older state, or null for an empty one.</param>
    /// <param name="to">The newer state.</param>
    /// <param name="range">The bytes that are asked for; extents are clipped to them. It may reach beyond the disk.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="ArgumentException">One is not of this library, or the block sizes differ.</exception>
    public IAsyncEnumerable<ChangedExtent> DiffAsync(IDisk? from, IDisk to, ByteRange range, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset, nameof(range));
        ArgumentOutOfRangeException.ThrowIfNegative(range.Length, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Offset, long.MaxValue - range.Length, nameof(range));
        ArgumentNullException.ThrowIfNull(to);
        DiskBase newer = Own(to, nameof(to));
        DiskBase? older = from is null ? null : Own(from, nameof(from));
        if (older is not null && older.BlockSize != newer.BlockSize)
        {
            throw new ArgumentException(
                $"Disks of different block sizes ({older.BlockSize} and {newer.BlockSize} bytes) cannot be compared by their maps.", nameof(from));
        }

        return DiskDiff.CompareAsync(_core.Engine, older, newer, range, cancellationToken);
    }

    /// <summary>Makes every acknowledged write of every disk survive a crash.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        SnapshotId[] begun = _core.UnsettledNow();
        await _core.Flusher.FlushAsync(cancellationToken).ConfigureAwait(false);
        _core.Settle(begun);
    }

    /// <summary>Makes a checkpoint now, so that an opening after a crash has little to replay.</summary>
    /// <exception cref="PoolReadOnlyException">The pool is only read.</exception>
    public Task CheckpointAsync(CancellationToken cancellationToken = default)
    {
        _core.ThrowIfReadOnly("making a checkpoint");
        return InBackground(() => _core.Checkpoint(), cancellationToken);
    }

    /// <summary>
    /// Tells what <see cref="CompactAsync"/> would move and give back; changes nothing. What was deleted and is not released yet is not counted.
    /// </summary>
    public async Task<CompactionPreview> PreviewCompactAsync(CancellationToken cancellationToken = default)
    {
        CompactionPreview? preview = null;
        await InBackground(
            () =>
            {
                (long moved, long freed) = _core.Store.ForeseeCompaction(CompactedDeadShare);
                preview = new CompactionPreview(moved, freed);
            },
            cancellationToken).ConfigureAwait(false);
        return preview!;
    }

    /// <summary>Finishes all releases and gives back all dead space that is worth moving for.</summary>
    /// <returns>What was left alone because it is damaged; nothing of that is touched.</returns>
    public async Task<CompactionReport> CompactAsync(IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _core.ThrowIfReadOnly("compacting the pool");
        using Activity? span = Telemetry.Start("blocksnap.pool.compact");
        await InBackground(() => _upkeep.Compact(CompactedDeadShare, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new CompactionReport(_core.Store.DamagedFiles());
    }

    /// <summary>Checks the whole pool: maps, checksums of nodes, reference counts, places; with data, every stored block too.</summary>
    public async Task<CheckResult> CheckAsync(
        bool verifyData = false, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using Activity? span = Telemetry.Start("blocksnap.pool.check");
        CheckResult? result = null;
        await InBackground(
            () =>
            {
                // Looked at before the checkpoint, which writes the superblock anew.
                IReadOnlyList<string> superblocks = _core.Store.WithoutCheckpoints(_core.Store.FindIncompleteSuperblocks);
                _core.Checkpoint();
                result = _core.Store.WithoutCheckpoints(() => new PoolChecker(_core, superblocks, verifyData, progress, cancellationToken).Run());
            },
            cancellationToken).ConfigureAwait(false);
        _core.Diary.Found(result!.Errors.Select(error => error.Message));
        return result!;
    }

    /// <summary>
    /// Reads every stored block and map node once, in the order of the log, and proves it; what is damaged is named with every range of every disk
    /// and snapshot that uses it. The work depends on what is stored, not on how many snapshots there are. The pool can be used meanwhile.
    /// </summary>
    /// <param name="options">Where to begin and end, and how fast.</param>
    /// <param name="progress">Told after each read; it also says where to go on after a stop.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <exception cref="PoolFaultedException">The device failed, now or earlier.</exception>
    public Task<ScrubReport> ScrubAsync(
        ScrubOptions? options = null, IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        options ??= new ScrubOptions();
        options.Check();
        var scrubber = new PoolScrubber(_core, options, progress, cancellationToken);
        return _core.Options.HasThreads ? Task.Run(scrubber.RunAsync, cancellationToken) : scrubber.RunAsync();
    }

    /// <summary>What the pool and its disks hold: exact, and without a walk of the pool.</summary>
    public async Task<PoolUsage> GetUsageAsync(CancellationToken cancellationToken = default)
    {
        PoolUsage? usage = null;
        await InBackground(() => usage = new CapacityReport(_core, cancellationToken).OfPool(), cancellationToken).ConfigureAwait(false);
        return usage!;
    }

    /// <summary>Flushes, makes a checkpoint and closes the pool. A faulted pool is only closed.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        try
        {
            EndWork();
            _core.Diary.Closed();
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync() => await Task.Run(Dispose).ConfigureAwait(false);

    /// <summary>The pool's clock.</summary>
    internal TimeProvider TimeProvider => _core.Options.TimeProvider;

    /// <summary>For the simulation: the locks of the pool that the calling thread holds.</summary>
    internal PoolLocks HeldLocks => _upkeep.HeldLocks;

    /// <summary>For the simulation: whether a writer of so many more bytes would have to do some of the keeper's work itself.</summary>
    internal bool WouldWait(long bytes) => _upkeep.WouldWait(bytes);

    /// <summary>For the simulation: whether a file on the device is one that the pool accounts for.</summary>
    internal bool KnowsFile(string name)
    {
        using (_core.Gate.Enter())
        {
            return CheckpointFiles.IsOne(name) || _core.Store.Files.Knows(name);
        }
    }

    /// <summary>For tests: the pool without its threads.</summary>
    internal PoolCore Core => _core;

    /// <summary>For tests: bytes of blocks and nodes with references.</summary>
    internal long StoredBytes => _core.Store.GetUsage().LiveBytes;

    /// <summary>For tests: puts an item without the checks that public calls make, as another machine or version may have put it.</summary>
    internal Task PutAsync(ICatalogItem item) => _core.CommitAsync<bool>(() => (new PoolOperation.PutItem(item), true));

    /// <summary>For tests: lets go of the pool as a killed process would, writing nothing.</summary>
    internal void Abandon()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _core.Store.Log.Fault(new IOException("The pool was abandoned."));
            _expiry?.Dispose();
            _upkeep.Close(faulted: true);
            Release();
        }
    }

    // Whatever ended badly in the background is told, but only after what was written is safe.
    private void EndWork()
    {
        try
        {
            _expiry?.Dispose();
        }
        finally
        {
            _upkeep.Close(_core.Store.Log.IsFaulted);
        }
    }

    private void Release()
    {
        _upkeep.Dispose();
        _core.Dispose();
        _ownership.Dispose();
        if (_ownsDevice)
        {
            _device.Dispose();
        }
    }

    private static DiskInfo InfoOf(ChainState chain)
    {
        DiskVolume disk = chain.Volume;
        return new DiskInfo(disk.Id, disk.Name, disk.Size, disk.BlockSize, chain.Snapshots.Count, disk.IsReleased);
    }

    private DiskBase Own(IDisk disk, string parameter) =>
        disk is DiskBase own && own.IsOf(_core.Engine) ? own : throw new ArgumentException("The disk is not one of this pool.", parameter);

    private Task InBackground(Action work, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        if (_core.Options.HasThreads)
        {
            return Task.Run(work, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        work();
        return Task.CompletedTask;
    }

    private void ThrowIfDisposed()
    {
        if (_disposed != 0)
        {
            throw new ObjectDisposedException("pool");
        }
    }
}
