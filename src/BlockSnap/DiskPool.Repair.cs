using BlockSnap.Checks;
using BlockSnap.Devices;
using BlockSnap.Log;

namespace BlockSnap;

/// <content>Repair.</content>
public sealed partial class DiskPool
{
    private const int CopyBytes = 1 << 20;

    /// <summary>
    /// Makes a new pool of what can be read of a damaged one: its superblock, segment table and counts are rebuilt from the data files, so none of
    /// them need be there. The source is never written to. The new pool has the same identity, disks and snapshots; each is exact but for the
    /// ranges that the report lists, which raise an error there as they do in the source.
    /// </summary>
    /// <param name="source">The damaged pool; nobody may have it open.</param>
    /// <param name="target">Where the new pool goes: an empty directory or a missing one.</param>
    /// <param name="dryRun">Only say what would be kept: all is read, nothing is written. A target that is not empty is refused all the same.</param>
    /// <param name="options">Choices for the work; the segment size is the source's.</param>
    /// <param name="progress">Bytes read to prove what is kept.</param>
    /// <param name="cancellationToken">Stops between two steps; an unfinished target holds no pool.</param>
    /// <exception cref="PoolCorruptedException">Too little is left to find the disks.</exception>
    /// <exception cref="PoolExistsException">The target is not empty.</exception>
    /// <exception cref="ArgumentException">The target is the source.</exception>
    public static async Task<RepairReport> RepairAsync(
        string source,
        string target,
        bool dryRun = false,
        DiskPoolOptions? options = null,
        IProgress<ScrubProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(target);
        using DirectoryDevice from = OpenDirectory(source, mapsReads: false);
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) == from.Description)
        {
            throw new ArgumentException(
                "Repair makes a new pool and leaves the damaged one as it is: name another directory for it.", nameof(target));
        }

        // A dry run makes no directory: one that is missing is as good as an empty one.
        using IStorageDevice to = dryRun && !Path.Exists(target) ? new MemoryDevice() : new DirectoryDevice(target, create: true);
        return await RepairAsync(from, to, dryRun, options, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="RepairAsync(string, string, bool, DiskPoolOptions?, IProgress{ScrubProgress}?, CancellationToken)"/>
    public static async Task<RepairReport> RepairAsync(
        IStorageDevice source,
        IStorageDevice target,
        bool dryRun = false,
        DiskPoolOptions? options = null,
        IProgress<ScrubProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new DiskPoolOptions();
        options.Validate();
        using IDisposable owned = source.AcquireOwnership();
        using IDisposable? taken = dryRun ? null : target.AcquireOwnership();
        if (target.List().Count > 0)
        {
            throw CheckpointFiles.HasSuperblock(target)
                ? new PoolExistsException(target.Description)
                : PoolExistsException.OfOtherFiles(target.Description);
        }

        var repair = new PoolRepair(source, cancellationToken);
        OverlayDevice overlay = repair.Build();
        ScrubReport scrub;
        int disks;
        int snapshots;
        var pool = new DiskPool(overlay, ownsDevice: false, new NoOwnership(), Open(overlay, options));
        await using (pool.ConfigureAwait(false))
        {
            scrub = await pool.ScrubAsync(null, progress, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<DiskInfo> listed = pool.ListDisks(includeReleased: true);
            disks = listed.Count;
            snapshots = listed.Sum(disk => disk.SnapshotCount);
        }

        if (!dryRun)
        {
            Copy(overlay, target, cancellationToken);
        }

        return new RepairReport(disks, snapshots, scrub.Damage, repair.Cut.IsCut, repair.Cut.BatchesLeftOut, repair.FilesLeftOut);
    }

    // The source is owned until everything is copied, longer than the pool over it is open.
    private sealed class NoOwnership : IDisposable
    {
        public void Dispose()
        {
        }
    }

    // The superblock last, when all that it names is durable: until then the target holds no pool.
    private static void Copy(OverlayDevice from, IStorageDevice to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyBytes];
        IEnumerable<string> superblocksLast = from.List()
            .OrderBy(name => name.StartsWith(CheckpointFiles.SuperblockName, StringComparison.Ordinal))
            .ThenBy(name => name, StringComparer.Ordinal);
        foreach (string name in superblocksLast)
        {
            using IDeviceFile source = from.Open(name, DeviceFileMode.Open);
            if (name == CheckpointFiles.SuperblockName)
            {
                to.FlushNames();
            }

            using IDeviceFile target = to.Open(name, DeviceFileMode.CreateNew);
            target.SetLength(source.Length);
            for (long at = 0; source.Read(at, buffer) is > 0 and int read; at += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!BlockDiffer.IsZero(buffer.AsSpan(0, read)))
                {
                    target.Write(at, buffer.AsSpan(0, read));
                }
            }

            target.Flush();
        }

        to.FlushNames();
    }
}
