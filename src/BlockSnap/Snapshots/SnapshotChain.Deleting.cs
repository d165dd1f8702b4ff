using System.Diagnostics;
using BlockSnap.Catalogs;
using BlockSnap.Diagnostics;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <content>Deleting snapshots, and having them back.</content>
internal sealed partial class SnapshotChain
{
    public Task<DeletePreview> PreviewDeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        List<SnapshotState> doomed;
        using (core.Gate.Enter())
        {
            doomed = [.. names.Distinct().Select(Get)];
        }

        return Task.FromResult(Deletion.Preview(core, doomed, cancellationToken));
    }

    public Task<DeletePreview> DeleteAsync(IReadOnlyCollection<string> names, bool force = false, CancellationToken cancellationToken = default) =>
        DeleteAsync(names, new SnapshotDeleteOptions { Force = force }, cancellationToken);

    public async Task<DeletePreview> DeleteAsync(
        IReadOnlyCollection<string> names, SnapshotDeleteOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(options);
        TimeSpan grace = Deletion.GraceOf(core, options);
        using Activity? span = Telemetry.Start("blocksnap.snapshot.delete");
        List<SnapshotState> doomed;
        using (core.Gate.Enter())
        {
            PoolCore.ThrowIfChanging(chain);
            doomed = [.. names.Distinct().Select(name => options.IgnoreUnknown ? chain.Find(name) : Get(name)).OfType<SnapshotState>()];
            doomed.ForEach(snapshot => Protection.ThrowIfKept(core, chain, snapshot, options.Force)); // all or none, however many steps it takes
        }

        DeletePreview preview = Deletion.Preview(core, doomed, cancellationToken);
        if (options.DryRun)
        {
            return preview;
        }

        foreach (SnapshotState[] part in doomed.Chunk(Deletion.AtOnceMax))
        {
            core.Commit<bool>(() =>
            {
                PoolCore.ThrowIfChanging(chain);
                List<SnapshotState> present = [.. part.Where(IsPresent)];
                if (present.Count < part.Length && !options.IgnoreUnknown)
                {
                    SnapshotState goneSincePreview = part.First(snapshot => !IsPresent(snapshot));
                    throw new SnapshotNotFoundException(DiskName, goneSincePreview.Facts.Name);
                }

                present.ForEach(snapshot => Protection.ThrowIfKept(core, chain, snapshot, options.Force));
                return (Deletion.Of(core, chain, present, grace), true);
            });
        }

        await core.FlushAsync().ConfigureAwait(false);
        return preview;

        bool IsPresent(SnapshotState snapshot) =>
            core.Catalog.Find(snapshot.Facts.Id) == snapshot && snapshot.Place != SnapshotPlace.Trash;
    }

    public async Task<Snapshot> UndeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotState back = await core.CommitAsync<SnapshotState>(() =>
        {
            PoolCore.ThrowIfChanging(chain);
            SnapshotState snapshot = chain.Trash.LastOrDefault(deleted => deleted.Facts.Name == name)
                ?? throw new SnapshotNotFoundException(DiskName, name);
            if (chain.Find(name) is not null)
            {
                throw new SnapshotExistsException(DiskName, name);
            }

            bool isAutomatic = snapshot.Facts.Kind == SnapshotKind.Automatic;
            if (QuotaRule.Of(core).Broken(chain.ManualCount, chain.AutomaticCount, isAutomatic) is { } limit)
            {
                throw new QuotaExceededException(limit, DiskName);
            }

            return (new PoolOperation.UndeleteSnapshot(chain.Volume.Number, snapshot.Facts.Id), snapshot);
        }).ConfigureAwait(false);
        using (core.Gate.Enter())
        {
            return core.Describe(back);
        }
    }
}
