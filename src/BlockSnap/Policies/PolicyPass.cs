using System.Diagnostics;
using BlockSnap.Catalogs;
using BlockSnap.Diagnostics;
using BlockSnap.Items;
using BlockSnap.Pools;
using BlockSnap.Snapshots;

namespace BlockSnap.Policies;

/// <summary>One run of all policies: retention, then the snapshots that are due, disk by disk (R11, R22 to R28).</summary>
internal sealed class PolicyPass(PoolCore core, PolicyRunOptions options, CancellationToken cancellationToken)
{
    private readonly List<PolicyOutcome> _outcomes = [];

    // When each policy was due last, worked out once for all its disks. Null: the system does not know its time zone.
    private readonly Dictionary<SnapshotPolicy, DateTimeOffset?> _latest = new(ReferenceEqualityComparer.Instance);
    private DateTimeOffset _now;

    public async Task<PolicyRunResult> RunAsync()
    {
        using Activity? span = Telemetry.Start("blocksnap.policy.run");
        core.ThrowIfReadOnly("running policies");
        ExpiryResult? expiry = options.Expire ? await Expiry.RunAsync(core, options.DryRun, cancellationToken).ConfigureAwait(false) : null;
        List<ChainState> chains;
        using (core.Gate.Enter())
        {
            chains = [.. core.Catalog.All.Where(chain => !chain.Volume.IsReleased).OrderBy(chain => chain.Volume.Number)];
        }

        _now = core.Clock.Now;
        try
        {
            foreach (ChainState chain in chains)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Run(chain);
            }
        }
        finally
        {
            await SettleAsync().ConfigureAwait(false);
        }

        return new PolicyRunResult(_outcomes, expiry);
    }

    // What fails for one disk is told and does not stop the others; only when the whole pool has failed nothing can go on.
    private void Run(ChainState chain)
    {
        PolicyOutcome? outcome = null;
        try
        {
            core.Commit<bool>(() =>
            {
                (PoolOperation? operation, outcome) = Decide(chain);
                return (options.DryRun ? null : operation, true);
            }, _ => Await(outcome));
        }
        catch (BlockSnapException e) when (outcome is not null && e is not (PoolFaultedException or PoolReadOnlyException))
        {
            // That it failed could not even be logged, for want of space perhaps: memory keeps it until the pool is opened again.
            using (core.Gate.Enter())
            {
                chain.FailedDue = outcome.Due;
            }

            outcome = outcome with { Status = PolicyRunStatus.Failed, Snapshot = null, Error = e };
        }

        if (outcome is not null)
        {
            _outcomes.Add(outcome);
            Tell(chain, outcome);
        }
    }

    private void Await(PolicyOutcome? outcome)
    {
        if (outcome?.Snapshot is { } made)
        {
            core.Await(made.Id);
        }
    }

    // A snapshot that was made has an event of its own. What kept one from being made is told once for each due time.
    private void Tell(ChainState chain, PolicyOutcome outcome)
    {
        if (options.DryRun || outcome.Status == PolicyRunStatus.Created)
        {
            return;
        }

        using (core.Gate.Enter())
        {
            if (chain.ToldDue == outcome.Due)
            {
                return;
            }

            chain.ToldDue = outcome.Due;
        }

        DateTimeOffset now = core.Clock.Now;
        core.Publish(new PoolEvent
        {
            Kind = PoolEventKind.PolicyRun,
            Result = outcome.Status == PolicyRunStatus.Failed ? PoolEventResult.Failed : PoolEventResult.Skipped,
            DiskId = outcome.DiskId,
            DiskName = outcome.DiskName,
            Start = now,
            End = now,
            Detail = $"policy {outcome.PolicyName}: {outcome.Error?.Message ?? outcome.Status.ToString()}",
        });
    }

    private (PoolOperation? Operation, PolicyOutcome? Outcome) Decide(ChainState chain)
    {
        DiskPolicyItem item = core.Catalog.PolicyItemOf(chain.Volume.Id);
        SnapshotPolicy? policy = core.Catalog.Item<SnapshotPolicy>(ItemKind.Policy, item.PolicyId);
        if (policy is null || item.IsPaused || core.Catalog.Find(chain.Volume.Number) != chain || chain.Volume.IsReleased)
        {
            return default;
        }

        if (LatestDue(policy) is not { } latest)
        {
            return (null, Outcome(item.HandledBy(policy), PolicyRunStatus.Failed, TimeZones.NotFound(policy.TimeZone)));
        }

        DateTimeOffset handled = item.HandledBy(policy);
        handled = chain.FailedDue > handled ? chain.FailedDue : handled;
        if (PolicyEvaluator.FindDue(latest, handled, _now) is not { } due)
        {
            return default;
        }

        if (core.Catalog.Item<PoolStateItem>(ItemKind.PoolState, Guid.Empty) is not null)
        {
            return (null, Outcome(due, PolicyRunStatus.SkippedSuspended));
        }

        item = item with { Handled = due };
        if (ReasonToSkip(policy, chain) is { } reason)
        {
            return (new PoolOperation.PutItem(item), Outcome(due, reason));
        }

        try
        {
            return Create(chain, policy, item);
        }
        catch (QuotaExceededException e)
        {
            return (new PoolOperation.PutItem(item), Outcome(due, PolicyRunStatus.Failed, e));
        }

        PolicyOutcome Outcome(DateTimeOffset at, PolicyRunStatus status, Exception? error = null) =>
            new(chain.Volume.Id, chain.Volume.Name, policy.Name, at, status, null, error);
    }

    private DateTimeOffset? LatestDue(SnapshotPolicy policy)
    {
        if (!_latest.TryGetValue(policy, out DateTimeOffset? latest))
        {
            latest = TimeZones.TryFind(policy.TimeZone) is { } zone ? PolicyCalendar.Latest(policy, zone, _now) : null;
            _latest[policy] = latest;
        }

        return latest;
    }

    private PolicyRunStatus? ReasonToSkip(SnapshotPolicy policy, ChainState chain) =>
        chain.Change is not null || chain.Snapshots.Any(IsAutomaticInProgress) ? PolicyRunStatus.SkippedBusy
        : policy.SkipUnused && chain.Attachments.Count == 0 ? PolicyRunStatus.SkippedUnused
        : policy.SkipUnchanged && !chain.HasChanges ? PolicyRunStatus.SkippedUnchanged
        : null;

    private bool IsAutomaticInProgress(SnapshotState snapshot) => snapshot.Facts.Kind == SnapshotKind.Automatic
        && core.Unsettled.GetValueOrDefault(snapshot.Facts.Id).Status == SnapshotStatus.Progressing;

    // The snapshot, what gives way to it, and that its due time was handled, are one record.
    private (PoolOperation Operation, PolicyOutcome Outcome) Create(ChainState chain, SnapshotPolicy policy, DiskPolicyItem item)
    {
        DateOnly day = PolicyCalendar.LocalDay(TimeZones.Find(policy.TimeZone), _now);
        PoolOperation? evict = QuotaRule.MakeRoom(core, chain, SnapshotKind.Automatic);
        (DiskPolicyItem next, string name) = item.NextName(day);
        while (chain.Find(name) is not null)
        {
            (next, name) = next.NextName(day); // taken by a snapshot that no policy made
        }

        var choices = new SnapshotOptions { Kind = SnapshotKind.Automatic, RetentionDays = policy.RetentionDays };
        Snapshot facts = choices.NewFacts(name, SnapshotConsistency.Crash, core.Clock) with
        {
            Id = new SnapshotId(core.NewGuid()),
            DiskId = chain.Volume.Id,
            Size = chain.Volume.Size,
        };
        List<PoolOperation> parts = [new PoolOperation.CreateSnapshot(chain.Volume.Number, facts), new PoolOperation.PutItem(next)];
        return (
            new PoolOperation.Several(evict is null ? parts : [evict, .. parts]),
            new PolicyOutcome(chain.Volume.Id, chain.Volume.Name, policy.Name, item.Handled, PolicyRunStatus.Created, facts));
    }

    // One flush for all, however many there are.
    private async Task SettleAsync()
    {
        List<SnapshotId> made = [.. _outcomes.Where(outcome => outcome.Snapshot is not null).Select(outcome => outcome.Snapshot!.Id)];
        if (options.DryRun || _outcomes.Count == 0)
        {
            return;
        }

        try
        {
            await core.FlushAsync().ConfigureAwait(false);
        }
        catch
        {
            core.SettleFailed(made);
            throw;
        }
    }
}
