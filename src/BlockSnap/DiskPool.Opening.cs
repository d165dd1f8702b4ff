using BlockSnap.Devices;
using BlockSnap.Items;
using BlockSnap.Log;
using BlockSnap.Pools;
using BlockSnap.Storage;

namespace BlockSnap;

/// <content>Creation and opening.</content>
public sealed partial class DiskPool
{
    /// <summary>Creates a pool in a directory, which is made when it is missing and must be empty.</summary>
    /// <exception cref="PoolExistsException">The directory holds a pool, or other files.</exception>
    /// <exception cref="ArgumentException">The options say read-only.</exception>
    public static Task<DiskPool> CreateAsync(string directory, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(chosen => MakeDirectory(directory, chosen), ownsDevice: true, Mode.Create, options, cancellationToken);

    /// <summary>Opens the pool in a directory. After a crash it recovers by itself.</summary>
    /// <exception cref="PoolNotFoundException">There is none.</exception>
    /// <exception cref="PoolInUseException">Another pool object or process has it open.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="PoolCorruptedException">It is damaged beyond what a crash does.</exception>
    public static Task<DiskPool> OpenAsync(string directory, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(chosen => OpenDirectory(directory, chosen.MappedReads), ownsDevice: true, Mode.Open, options, cancellationToken);

    /// <summary>Opens the pool in a directory, or creates it when there is none.</summary>
    public static Task<DiskPool> OpenOrCreateAsync(
        string directory, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(
            chosen => chosen.ReadOnly ? OpenDirectory(directory, chosen.MappedReads) : MakeDirectory(directory, chosen),
            ownsDevice: true,
            Mode.OpenOrCreate,
            options,
            cancellationToken);

    /// <summary>Creates a pool on a device, which stays the caller's and must be empty.</summary>
    public static Task<DiskPool> CreateAsync(IStorageDevice device, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(_ => device, ownsDevice: false, Mode.Create, options, cancellationToken);

    /// <summary>Opens the pool on a device, which stays the caller's.</summary>
    public static Task<DiskPool> OpenAsync(IStorageDevice device, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(_ => device, ownsDevice: false, Mode.Open, options, cancellationToken);

    /// <summary>Opens the pool on a device, or creates it; the device stays the caller's.</summary>
    public static Task<DiskPool> OpenOrCreateAsync(
        IStorageDevice device, DiskPoolOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(_ => device, ownsDevice: false, Mode.OpenOrCreate, options, cancellationToken);

    private enum Mode
    {
        Create,
        Open,
        OpenOrCreate,
    }

    private static DirectoryDevice MakeDirectory(string directory, DiskPoolOptions options) =>
        new(directory, create: true) { MapsReads = options.MappedReads };

    private static DirectoryDevice OpenDirectory(string directory, bool mapsReads)
    {
        try
        {
            return new DirectoryDevice(directory, create: false) { MapsReads = mapsReads };
        }
        catch (DirectoryNotFoundException e)
        {
            throw new PoolNotFoundException(directory, e);
        }
    }

    private static Task<DiskPool> StartAsync(
        Func<DiskPoolOptions, IStorageDevice> device, bool ownsDevice, Mode mode, DiskPoolOptions? options, CancellationToken cancellationToken)
    {
        options ??= new DiskPoolOptions();
        options.Validate();
        if (options.ReadOnly && mode == Mode.Create)
        {
            throw new ArgumentException("A pool that is only read cannot be created: open one that exists, or leave out ReadOnly.", nameof(options));
        }

        cancellationToken.ThrowIfCancellationRequested();
        return options.HasThreads
            ? Task.Run(() => Start(device(options), ownsDevice, mode, options), cancellationToken)
            : Task.FromResult(Start(device(options), ownsDevice, mode, options));
    }

    private static DiskPool Start(IStorageDevice device, bool ownsDevice, Mode mode, DiskPoolOptions options)
    {
        IDisposable? ownership = null;
        PoolCore? core = null;
        try
        {
            mode = options.ReadOnly ? Mode.Open : mode;
            bool exists = CheckpointFiles.HasSuperblock(device);
            if (!exists && mode != Mode.Create)
            {
                CheckpointFiles.ThrowIfSuperblockLost(device);
            }

            if (!exists && mode == Mode.Open)
            {
                throw new PoolNotFoundException(device.Description);
            }

            ownership = device.AcquireOwnership();
            exists = CheckpointFiles.HasSuperblock(device);
            bool blank = CheckpointFiles.IsBlank(device);
            if (blank && mode == Mode.Open)
            {
                throw new PoolNotFoundException(device.Description);
            }

            if (!blank && (mode == Mode.Create || !exists))
            {
                throw exists ? new PoolExistsException(device.Description) : PoolExistsException.OfOtherFiles(device.Description);
            }

            core = blank ? Create(device, options) : Open(options.ReadOnly ? new OverlayDevice(device) : device, options);
            return new DiskPool(device, ownsDevice, ownership, core);
        }
        catch
        {
            core?.Dispose();
            ownership?.Dispose();
            if (ownsDevice)
            {
                device.Dispose();
            }

            throw;
        }
    }

    private static PoolCore Create(IStorageDevice device, DiskPoolOptions options) =>
        CoreOf(
            LogBlockStore.Create(device, options.NewGuid(), PoolCore.EmptyRoot(), StoreOptionsOf(options)),
            options,
            core => core.Diary.Opened(device.Description, recovered: false));

    private static PoolCore Open(IStorageDevice device, DiskPoolOptions options) =>
        CoreOf(LogBlockStore.Open(device, StoreOptionsOf(options)), options, core =>
        {
            bool replayed = core.Store.Recover(core);
            core.UpdateGranule();
            core.Clock.Resume(core.Catalog.Item<ClockItem>(ItemKind.Clock, Guid.Empty));
            core.Events.Restore(core.Catalog.Items<PoolEvent>(ItemKind.Event));
            core.Diary.Opened(device.Description, replayed);
            if (replayed)
            {
                core.Store.Squeeze();
                core.Checkpoint(); // what was replayed may lie in caches only: promise nothing before it is durable
            }
        });

    // The store is the core's from here on, and closed with it when anything fails.
    private static PoolCore CoreOf(LogBlockStore store, DiskPoolOptions options, Action<PoolCore> prepare)
    {
        PoolCore? core = null;
        try
        {
            core = new PoolCore(store, options);
            prepare(core);
            return core;
        }
        catch
        {
            ((IDisposable?)core ?? store).Dispose();
            throw;
        }
    }

    private static StoreOptions StoreOptionsOf(DiskPoolOptions options) =>
        new(options.SegmentBytes, options.CapacityBytes, options.CacheBytes / 4, options.TimeProvider);
}
