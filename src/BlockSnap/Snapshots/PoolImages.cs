using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Pools;
using BlockSnap.Snapshots;

namespace BlockSnap;

/// <summary>The images of a pool. Every change is durable when its task completes. Thread-safe.</summary>
public sealed class PoolImages
{
    private const int DataSnapshotsMax = 16;

    private readonly PoolCore _core;

    internal PoolImages(PoolCore core) => _core = core;

    /// <summary>The images, by name.</summary>
    public IReadOnlyList<PoolImage> List()
    {
        using (_core.Gate.Enter())
        {
            return [.. _core.Catalog.Items<PoolImage>(ItemKind.Image).OrderBy(image => image.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Finds an image by name, or null.</summary>
    public PoolImage? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using (_core.Gate.Enter())
        {
            return Lookup(name);
        }
    }

    /// <summary>Makes an image of snapshots, which cannot be deleted until it is.</summary>
    /// <param name="name">As a snapshot's, unique among the images.</param>
    /// <param name="systemSnapshot">The snapshot of the system disk.</param>
    /// <param name="dataSnapshots">Up to 16 snapshots of data disks, in order, or null for none.</param>
    /// <param name="description">2 to 256 characters, or null.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="ImageExistsException">There is an image of that name.</exception>
    /// <exception cref="SnapshotNotFoundException">One of the snapshots is unknown.</exception>
    public Task<PoolImage> CreateAsync(
        string name,
        SnapshotId systemSnapshot,
        IReadOnlyCollection<SnapshotId>? dataSnapshots = null,
        string? description = null,
        CancellationToken cancellationToken = default)
    {
        dataSnapshots ??= [];
        Names.CheckSnapshot(name, SnapshotKind.Imported);
        Names.CheckDescription(description);
        SnapshotId[] all = [systemSnapshot, .. dataSnapshots];
        if (dataSnapshots.Count > DataSnapshotsMax || all.Distinct().Count() != all.Length)
        {
            throw new ArgumentException($"An image has at most {DataSnapshotsMax} data snapshots, and none twice.", nameof(dataSnapshots));
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<PoolImage>(() =>
        {
            if (Lookup(name) is not null)
            {
                throw new ImageExistsException(name);
            }

            foreach (SnapshotId id in all)
            {
                SnapshotState snapshot = GetListed(id);
                if (_core.Describe(snapshot).Status != SnapshotStatus.Accomplished)
                {
                    throw new ConflictException($"The snapshot '{snapshot.Facts.Name}' is not accomplished");
                }
            }

            var image = new PoolImage
            {
                Id = _core.NewGuid(),
                Name = name,
                Created = _core.Clock.Now,
                Description = description,
                SystemSnapshot = systemSnapshot,
                DataSnapshots = [.. dataSnapshots],
            };
            return (new PoolOperation.PutItem(image), image);
        });
    }

    /// <summary>Deletes an image. Its snapshots stay, and so do disks made from it.</summary>
    /// <exception cref="ImageNotFoundException">There is none.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() => (new PoolOperation.RemoveItem(ItemKind.Image, Get(name).Id), true));
    }

    /// <summary>Makes disks from an image, instantly: all or none.</summary>
    /// <param name="name">The image.</param>
    /// <param name="diskNames">A name for the system disk and each data disk, in the image's order.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskExistsException">One of the names is taken.</exception>
    public async Task<IReadOnlyList<IDisk>> CreateDisksAsync(
        string name, IReadOnlyList<string> diskNames, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(diskNames);
        foreach (string diskName in diskNames)
        {
            Names.CheckDisk(diskName);
        }

        cancellationToken.ThrowIfCancellationRequested();
        List<DiskId> made = await _core.CommitAsync<List<DiskId>>(() =>
        {
            List<SnapshotState> snapshots = [.. Get(name).All.Select(GetListed)];
            if (diskNames.Count != snapshots.Count || diskNames.Distinct(StringComparer.Ordinal).Count() != diskNames.Count)
            {
                string disksText = snapshots.Count == 1 ? "1 disk" : $"{snapshots.Count} disks";
                throw new ArgumentException($"The image '{name}' makes {disksText}; give each a name of its own.", nameof(diskNames));
            }

            List<PoolOperation.CreateDisk> disks = [.. snapshots.Select(CloneOf)];
            return (new PoolOperation.Several(disks), [.. disks.Select(disk => disk.Id)]);
        }).ConfigureAwait(false);
        return [.. made.Select(id => DiskHandles.Open(_core, id))];

        PoolOperation.CreateDisk CloneOf(SnapshotState snapshot, int at) =>
            _core.CloneOf(_core.Catalog.ChainOf(snapshot), snapshot, diskNames[at], size: null, before: at);
    }

    private PoolImage? Lookup(string name) =>
        _core.Catalog.Items<PoolImage>(ItemKind.Image).FirstOrDefault(image => image.Name == name);

    private PoolImage Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Lookup(name) ?? throw new ImageNotFoundException(name);
    }

    private SnapshotState GetListed(SnapshotId id) =>
        _core.Catalog.Find(id) is { Place: SnapshotPlace.Listed } snapshot ? snapshot : throw new SnapshotNotFoundException("", id.ToString());
}
