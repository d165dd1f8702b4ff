using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Policies;
using BlockSnap.Pools;
using BlockSnap.Snapshots;

namespace BlockSnap;

/// <summary>
/// The policies of a pool, by which snapshots are made and expire by themselves, and the disks they are applied to. They act when
/// <see cref="RunAsync"/> is called, as a <see cref="PolicyRunner"/> does all the time. Every change is durable when its task completes.
/// Thread-safe.
/// </summary>
public sealed class SnapshotPolicies
{
    private readonly PoolCore _core;

    internal SnapshotPolicies(PoolCore core) => _core = core;

    /// <summary>The policies, by name.</summary>
    public IReadOnlyList<SnapshotPolicy> List()
    {
        using (_core.Gate.Enter())
        {
            return [.. _core.Catalog.Items<SnapshotPolicy>(ItemKind.Policy).OrderBy(policy => policy.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Finds a policy by name, or null.</summary>
    public SnapshotPolicy? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using (_core.Gate.Enter())
        {
            return Lookup(name);
        }
    }

    /// <summary>Makes a policy. It does nothing until it is applied to disks.</summary>
    /// <param name="policy">The policy; its identity and time are given by the pool.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>The policy as it is in the pool.</returns>
    /// <exception cref="PolicyExistsException">There is a policy of that name.</exception>
    /// <exception cref="ConflictException">The pool has as many policies as it may have (an option, 100 unless said).</exception>
    public Task<SnapshotPolicy> CreateAsync(SnapshotPolicy policy, CancellationToken cancellationToken = default)
    {
        Names.CheckPolicy(policy);
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<SnapshotPolicy>(() =>
        {
            ThrowIfTaken(policy.Name);
            if (_core.Catalog.Items<SnapshotPolicy>(ItemKind.Policy).Count() >= _core.Options.PoliciesMax)
            {
                throw new ConflictException($"The pool has {_core.Options.PoliciesMax} policies, as many as it may have");
            }

            DateTimeOffset now = _core.Clock.Now;
            SnapshotPolicy made = InOrder(policy) with { Id = _core.NewGuid(), Created = now, Rescheduled = now };
            return (new PoolOperation.PutItem(made), made);
        });
    }

    /// <summary>
    /// Changes a policy: give a copy of the one that the pool gave, with other values, the name too if wanted. It acts on all its disks at
    /// once; a changed retention applies to snapshots that are made from now on.
    /// </summary>
    /// <param name="policy">The policy with its new values; its identity says which it is.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>The policy as it is in the pool.</returns>
    /// <exception cref="PolicyNotFoundException">There is no policy of that identity.</exception>
    /// <exception cref="PolicyExistsException">Another policy has that name.</exception>
    public Task<SnapshotPolicy> ChangeAsync(SnapshotPolicy policy, CancellationToken cancellationToken = default)
    {
        Names.CheckPolicy(policy);
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<SnapshotPolicy>(() =>
        {
            SnapshotPolicy before = _core.Catalog.Item<SnapshotPolicy>(ItemKind.Policy, policy.Id)
                ?? throw new PolicyNotFoundException(policy.Name);
            if (policy.Name != before.Name)
            {
                ThrowIfTaken(policy.Name);
            }

            // What would have been due by the new hours before they held is not made up for.
            SnapshotPolicy changed = InOrder(policy) with { Created = before.Created, Rescheduled = before.Rescheduled };
            changed = changed.HasScheduleOf(before) ? changed : changed with { Rescheduled = _core.Clock.Now };
            return (new PoolOperation.PutItem(changed), changed);
        });
    }

    /// <summary>Deletes a policy. Its disks have none then; its snapshots stay, each with its retention.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="PolicyNotFoundException">There is none of that name.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() => (new PoolOperation.RemoveItem(ItemKind.Policy, Get(name).Id), true));
    }

    /// <summary>Applies a policy to disks, in place of the one they had: to all or none. What was due before is not made up for.</summary>
    /// <param name="name">The policy.</param>
    /// <param name="diskNames">1 to 200 disks.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="PolicyNotFoundException">There is no policy of that name.</exception>
    /// <exception cref="DiskNotFoundException">One of the disks is not there.</exception>
    public Task ApplyAsync(string name, IReadOnlyCollection<string> diskNames, CancellationToken cancellationToken = default) =>
        ChangeDisksAsync(diskNames, item => item with { PolicyId = Get(name).Id, Handled = _core.Clock.Now }, cancellationToken);

    /// <summary>Takes the policy from disks: from all or none. The snapshots it made stay.</summary>
    /// <param name="diskNames">1 to 200 disks.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskNotFoundException">One of the disks is not there.</exception>
    public Task CancelAsync(IReadOnlyCollection<string> diskNames, CancellationToken cancellationToken = default) =>
        ChangeDisksAsync(diskNames, static item => item with { PolicyId = Guid.Empty }, cancellationToken);

    /// <summary>Pauses the policy of disks: no snapshots are due, retention goes on.</summary>
    /// <param name="diskNames">1 to 200 disks.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskNotFoundException">One of the disks is not there.</exception>
    public Task PauseAsync(IReadOnlyCollection<string> diskNames, CancellationToken cancellationToken = default) =>
        ChangeDisksAsync(diskNames, static item => item with { IsPaused = true }, cancellationToken);

    /// <summary>Ends a pause. What was due in it is not made up for.</summary>
    /// <param name="diskNames">1 to 200 disks.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskNotFoundException">One of the disks is not there.</exception>
    public Task ResumeAsync(IReadOnlyCollection<string> diskNames, CancellationToken cancellationToken = default) =>
        ChangeDisksAsync(diskNames, item => item.IsPaused ? item with { IsPaused = false, Handled = _core.Clock.Now } : item, cancellationToken);

    /// <summary>Says what becomes of the automatic snapshots of disks when these are deleted.</summary>
    /// <param name="diskNames">1 to 200 disks.</param>
    /// <param name="deletes">Whether those that nothing holds are deleted too; otherwise (as at first) they follow their retention.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="DiskNotFoundException">One of the disks is not there.</exception>
    public Task DeleteSnapshotsWithDiskAsync(IReadOnlyCollection<string> diskNames, bool deletes, CancellationToken cancellationToken = default) =>
        ChangeDisksAsync(diskNames, item => item with { DeletesSnapshots = deletes }, cancellationToken);

    /// <summary>What holds for the disks that a policy is applied to, by name.</summary>
    /// <param name="policyName">The policy, or null: all disks of the pool, those without a policy too.</param>
    /// <exception cref="PolicyNotFoundException">There is no policy of that name.</exception>
    public IReadOnlyList<DiskPolicy> ListDisks(string? policyName = null)
    {
        List<(string Name, DiskPolicyItem Item, SnapshotPolicy? Policy)> disks;
        using (_core.Gate.Enter())
        {
            SnapshotPolicy? policy = policyName is null ? null : Get(policyName);
            IEnumerable<ChainState> live = _core.Catalog.All.Where(chain => !chain.Volume.IsReleased);
            disks = [.. live.Select(Look).Where(disk => policy is null || disk.Policy == policy)];
        }

        return [.. disks.OrderBy(disk => disk.Name, StringComparer.Ordinal).Select(Describe)]; // the calendar needs no gate
    }

    /// <summary>What holds for one disk.</summary>
    /// <exception cref="DiskNotFoundException">There is none.</exception>
    public DiskPolicy OfDisk(string diskName)
    {
        ArgumentNullException.ThrowIfNull(diskName);
        (string, DiskPolicyItem, SnapshotPolicy?) disk;
        using (_core.Gate.Enter())
        {
            disk = Look(GetDisk(diskName));
        }

        return Describe(disk);
    }

    /// <summary>
    /// Does what is due now: deletes what has outlived its retention, then makes the snapshots that are due, each in place of the oldest
    /// automatic one that nothing holds when the disk is at its quota. Of due times that were missed only the last one is made up for. What
    /// fails for one disk does not keep the others from theirs. One flush makes all of it durable.
    /// </summary>
    /// <param name="options">Dry run, retention; null for the defaults.</param>
    /// <param name="cancellationToken">Honoured between disks.</param>
    /// <exception cref="PoolFaultedException">The device failed, now or earlier.</exception>
    public Task<PolicyRunResult> RunAsync(PolicyRunOptions? options = null, CancellationToken cancellationToken = default) =>
        new PolicyPass(_core, options ?? new PolicyRunOptions(), cancellationToken).RunAsync();

    /// <summary>When the next snapshot is due on any disk that is not paused, UTC; null when none is.</summary>
    public DateTimeOffset? NextDue() => ListDisks().Min(disk => disk.NextDue);

    private Task ChangeDisksAsync(
        IReadOnlyCollection<string> diskNames, Func<DiskPolicyItem, DiskPolicyItem> change, CancellationToken cancellationToken)
    {
        Names.CheckDisks(diskNames, Names.PolicyDisksMax);
        cancellationToken.ThrowIfCancellationRequested();
        return _core.CommitAsync<bool>(() =>
        {
            var parts = new List<PoolOperation>();
            foreach (string diskName in diskNames)
            {
                DiskPolicyItem item = _core.Catalog.PolicyItemOf(GetDisk(diskName).Volume.Id);
                DiskPolicyItem changed = change(item);
                if (changed != item)
                {
                    parts.Add(new PoolOperation.PutItem(changed));
                }
            }

            return (parts.Count == 0 ? null : new PoolOperation.Several(parts), true);
        });
    }

    private (string Name, DiskPolicyItem Item, SnapshotPolicy? Policy) Look(ChainState chain)
    {
        DiskPolicyItem item = _core.Catalog.PolicyItemOf(chain.Volume.Id);
        return (chain.Volume.Name, item, _core.Catalog.Item<SnapshotPolicy>(ItemKind.Policy, item.PolicyId));
    }

    private DiskPolicy Describe((string Name, DiskPolicyItem Item, SnapshotPolicy? Policy) disk)
    {
        (string name, DiskPolicyItem item, SnapshotPolicy? policy) = disk;
        DateTimeOffset? next = policy is not null && !item.IsPaused && TimeZones.TryFind(policy.TimeZone) is { } zone
            ? PolicyEvaluator.FindNext(policy, zone, item.HandledBy(policy), _core.Clock.Now)
            : null;
        return new DiskPolicy(item.DiskId, name, policy?.Name, item.IsPaused, item.DeletesSnapshots, next);
    }

    private ChainState GetDisk(string name) => _core.Catalog.Find(name) ?? throw new DiskNotFoundException(name);

    private SnapshotPolicy? Lookup(string name) => _core.Catalog.Items<SnapshotPolicy>(ItemKind.Policy).FirstOrDefault(policy => policy.Name == name);

    private SnapshotPolicy Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Lookup(name) ?? throw new PolicyNotFoundException(name);
    }

    private void ThrowIfTaken(string name)
    {
        if (Lookup(name) is not null)
        {
            throw new PolicyExistsException(name);
        }
    }

    private static SnapshotPolicy InOrder(SnapshotPolicy policy) =>
        policy with { Hours = [.. policy.Hours.Order()], Weekdays = [.. policy.Weekdays.Order()] };
}
