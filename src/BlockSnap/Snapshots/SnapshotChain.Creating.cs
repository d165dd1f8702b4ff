using System.Diagnostics;
using BlockSnap.Catalogs;
using BlockSnap.Diagnostics;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <content>Making snapshots.</content>
internal sealed partial class SnapshotChain
{
    public async Task<Snapshot> CreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default)
    {
        SnapshotCreation creation = await BeginCreateAsync(name, options, cancellationToken).ConfigureAwait(false);
        return await creation.Completion.ConfigureAwait(false);
    }

    public async Task<SnapshotCreation> BeginCreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SnapshotOptions();
        Names.CheckSnapshot(name, options.Kind);
        Names.CheckOptions(options);
        cancellationToken.ThrowIfCancellationRequested();
        using Activity? span = Telemetry.Start("blocksnap.snapshot.create");
        DateTimeOffset start = core.Clock.Now;
        Snapshot made;
        try
        {
            made = await HookedFreeze
                .RunAsync(core, [chain], options.Hooks, (level, change) => Freeze(name, options, level, change), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (SnapshotHookException e) when (e.IsBeforeFreeze)
        {
            core.Publish(new PoolEvent
            {
                Kind = PoolEventKind.SnapshotCreated,
                Result = PoolEventResult.Failed,
                DiskId = Id,
                DiskName = DiskName,
                SnapshotName = name,
                SnapshotKind = options.Kind,
                Start = start,
                End = core.Clock.Now,
                Detail = e.Message,
            });
            throw;
        }

        return new SnapshotCreation(made, SettleAsync(made));
    }

    private Snapshot Freeze(string name, SnapshotOptions options, SnapshotConsistency level, ChainChange? change) => core.Commit<Snapshot>(() =>
    {
        ThrowIfReleased();
        PoolCore.ThrowIfChanging(chain, change);
        core.ThrowIfSuspended();
        ulong hash = options.ClientToken is null ? 0 : ClientTokens.HashOf("snapshot", [Id], name, options);
        if (ClientTokens.Find(core, options.ClientToken, hash) is Snapshot earlier)
        {
            return (null, earlier);
        }

        if (chain.Find(name) is not null)
        {
            throw new SnapshotExistsException(DiskName, name);
        }

        Snapshot facts = options.NewFacts(name, level, core.Clock) with
        {
            Id = new SnapshotId(core.NewGuid()),
            DiskId = Id,
            Size = chain.Volume.Size,
            ClientToken = options.ClientToken,
            ClientTokenHash = hash,
        };
        PoolOperation create = new PoolOperation.CreateSnapshot(chain.Volume.Number, facts);
        PoolOperation? evict = QuotaRule.MakeRoom(core, chain, options.Kind);
        PoolOperation operation = evict is null ? create : new PoolOperation.Several([evict, create]);
        return (operation, facts with { Status = SnapshotStatus.Progressing, ProgressPercent = 0 });
    }, made => core.Await(made.Id));

    // Progressing until a flush has made it durable. A flush that fails leaves the pool faulted: the snapshot stays listed as failed, and
    // the next opening tells whether it reached the device.
    private async Task<Snapshot> SettleAsync(Snapshot made)
    {
        try
        {
            await core.FlushAsync().ConfigureAwait(false);
        }
        catch
        {
            core.SettleFailed([made.Id]);
            throw;
        }

        return made with { Status = SnapshotStatus.Accomplished, ProgressPercent = 100 };
    }
}
