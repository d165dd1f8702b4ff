using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Pools;
using BlockSnap.Snapshots;

namespace BlockSnap;

/// <summary>
/// The group snapshots of a pool: one instant of several disks, in write order across them. If a write is in the group, then so is every write to any
/// of its disks that was acknowledged before. Every change is durable when its task completes. Thread-safe.
/// </summary>
public sealed class SnapshotGroups
{
    private readonly PoolCore _core;

    // Finds the state that a disk of a group is taken back to, or what stands against it.
    private delegate (SnapshotState? Target, string? Problem) TargetFinder(SnapshotGroup group, SnapshotGroupMember member);

    // What is to become of one disk of a group: its target, or what stands against it.
    private sealed record MemberPlan(DiskId DiskId, ChainState? Chain, SnapshotState? Target, string? Problem);

    internal SnapshotGroups(PoolCore core) => _core = core;

    /// <summary>The groups, by name.</summary>
    public IReadOnlyList<SnapshotGroup> List()
    {
        using (_core.Gate.Enter())
        {
            return [.. _core.Catalog.Items<SnapshotGroup>(ItemKind.Group).OrderBy(group => group.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Finds a group by name, or null.</summary>
    public SnapshotGroup? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using (_core.Gate.Enter())
        {
            return Lookup(name);
        }
    }

    /// <summary>Takes a snapshot of several disks at one instant: all or none. Each gets the group's name.</summary>
    /// <param name="name">A snapshot name that is free among the groups and on each disk.</param>
    /// <param name="diskNames">Up to 10 disks, 32 TiB together (options of the pool).</param>
    /// <param name="options">Description, tags, retention, kind, client token, hooks.</param>
    /// <param name="cancellationToken">Honoured before the freeze only.</param>
    /// <exception cref="GroupExistsException">There is a group of that name.</exception>
    /// <exception cref="SnapshotExistsException">One of the disks has a snapshot of that name.</exception>
    /// <exception cref="QuotaExceededException">One of the disks is at its quota.</exception>
    public async Task<SnapshotGroup> CreateAsync(
        string name, IReadOnlyCollection<string> diskNames, SnapshotOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SnapshotOptions();
        Names.CheckSnapshot(name, options.Kind);
        Names.CheckOptions(options);
        Names.CheckDisks(diskNames, _core.Options.GroupDisksMax);
        cancellationToken.ThrowIfCancellationRequested();
        List<ChainState> chains;
        using (_core.Gate.Enter())
        {
            chains = [.. diskNames.Select(disk => _core.Catalog.Find(disk) ?? throw new DiskNotFoundException(disk))];
        }

        SnapshotGroup made = await HookedFreeze
            .RunAsync(_core, chains, options.Hooks, (level, change) => Freeze(name, chains, options, level, change), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            await _core.FlushAsync().ConfigureAwait(false);
        }
        catch
        {
            _core.SettleFailed(made.Members.Select(member => member.SnapshotId));
            throw;
        }

        return made;
    }

    /// <summary>Takes the disks of a group back to it.</summary>
    /// <param name="name">The group.</param>
    /// <param name="perDisk">Roll back those that can be, and tell which could not; otherwise (the default) all or none.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>Per disk, in the group's order.</returns>
    /// <exception cref="ConflictException">One of the disks cannot be rolled back, and not <paramref name="perDisk"/>.</exception>
    public Task<IReadOnlyList<GroupRollbackResult>> RollbackAsync(
        string name, bool perDisk = false, CancellationToken cancellationToken = default) =>
        ReplaceAsync(name, perDisk, FindMember, cancellationToken);

    /// <summary>Brings back what the rollback of a group replaced.</summary>
    /// <inheritdoc cref="RollbackAsync"/>
    public Task<IReadOnlyList<GroupRollbackResult>> UndoRollbackAsync(
        string name, bool perDisk = false, CancellationToken cancellationToken = default) =>
        ReplaceAsync(name, perDisk, FindUndo, cancellationToken);

    /// <summary>Says of each disk whether it can be rolled back with its group, and all that stands against it; changes nothing.</summary>
    /// <exception cref="GroupNotFoundException">There is no group of that name.</exception>
    public IReadOnlyList<GroupRollbackResult> CanRollback(string name) => Check(name, FindMember);

    /// <summary>Says of each disk whether the rollback of its group can be undone; changes nothing.</summary>
    /// <exception cref="GroupNotFoundException">There is no group of that name.</exception>
    public IReadOnlyList<GroupRollbackResult> CanUndoRollback(string name) => Check(name, FindUndo);

    /// <summary>What deleting a group would do; changes nothing.</summary>
    /// <exception cref="GroupNotFoundException">There is no group of that name.</exception>
    public Task<DeletePreview> PreviewDeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        List<SnapshotState> doomed;
        using (_core.Gate.Enter())
        {
            doomed = MembersOf(Get(name));
        }

        return Task.FromResult(Deletion.Preview(_core, doomed, cancellationToken));
    }

    /// <summary>Deletes a group and the snapshots that are left of it, as one step.</summary>
    /// <param name="name">The group.</param>
    /// <param name="options">As for snapshots, or null for the defaults.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="GroupNotFoundException">There is no group of that name.</exception>
    /// <exception cref="SnapshotInUseException">Something holds one of its snapshots.</exception>
    /// <exception cref="SnapshotLockedException">One of its snapshots is locked.</exception>
    public async Task<DeletePreview> DeleteAsync(string name, SnapshotDeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SnapshotDeleteOptions();
        TimeSpan grace = Deletion.GraceOf(_core, options);
        DeletePreview preview = await PreviewDeleteAsync(name, cancellationToken).ConfigureAwait(false);
        if (options.DryRun)
        {
            using (_core.Gate.Enter())
            {
                DeletionOf(name, options, grace); // refuses what the deletion would refuse
            }

            return preview;
        }

        await _core.CommitAsync<bool>(() => (DeletionOf(name, options, grace), true)).ConfigureAwait(false);
        return preview;
    }

    // What deletes a group, if nothing stands against it. Gate held.
    private PoolOperation.Several DeletionOf(string name, SnapshotDeleteOptions options, TimeSpan grace)
    {
        SnapshotGroup group = Get(name);
        var parts = new List<PoolOperation>();
        foreach (SnapshotState snapshot in MembersOf(group))
        {
            ChainState chain = _core.Catalog.ChainOf(snapshot);
            PoolCore.ThrowIfChanging(chain);
            Protection.ThrowIfKept(_core, chain, snapshot, options.Force);
            parts.Add(Deletion.Of(_core, chain, [snapshot], grace)!);
        }

        parts.Add(new PoolOperation.RemoveItem(ItemKind.Group, group.Id));
        return new PoolOperation.Several(parts);
    }

    private SnapshotGroup Freeze(
        string name,
        List<ChainState> chains,
        SnapshotOptions options,
        SnapshotConsistency level,
        ChainChange? change) => _core.Commit<SnapshotGroup>(() =>
    {
        _core.ThrowIfSuspended();
        DiskId[] disks = [.. chains.Select(chain => chain.Volume.Id)];
        ulong hash = options.ClientToken is null ? 0 : ClientTokens.HashOf("group", disks, name, options);
        if (ClientTokens.Find(_core, options.ClientToken, hash) is SnapshotGroup earlier)
        {
            return (null, earlier);
        }

        if (Lookup(name) is not null)
        {
            throw new GroupExistsException(name);
        }

        ThrowIfImpossible(name, chains, change);
        Snapshot common = options.NewFacts(name, level, _core.Clock) with { GroupId = _core.NewGuid() };
        var group = new SnapshotGroup
        {
            Id = common.GroupId.Value,
            Name = name,
            Created = common.Created,
            Description = common.Description,
            Consistency = level,
            ClientToken = options.ClientToken,
            ClientTokenHash = hash,
            Members = [.. disks.Select(disk => new SnapshotGroupMember(disk, new SnapshotId(_core.NewGuid())))],
        };
        PoolOperation.GroupDisk[] sizes = [.. chains.Select(chain => new PoolOperation.GroupDisk(chain.Volume.Number, chain.Volume.Size))];
        PoolOperation create = new PoolOperation.CreateGroup(group, common, sizes);
        List<PoolOperation> evictions = [.. chains.Select(chain => QuotaRule.MakeRoom(_core, chain, options.Kind)).OfType<PoolOperation>()];
        return (evictions.Count == 0 ? create : new PoolOperation.Several([.. evictions, create]), group);
    }, Await);

    private void Await(SnapshotGroup made)
    {
        foreach (SnapshotGroupMember member in made.Members)
        {
            _core.Await(member.SnapshotId);
        }
    }

    private void ThrowIfImpossible(string name, List<ChainState> chains, ChainChange? change)
    {
        Int128 bytes = 0;
        foreach (ChainState chain in chains)
        {
            if (chain.Volume.IsReleased)
            {
                throw new DiskNotFoundException(chain.Volume.Name);
            }

            PoolCore.ThrowIfChanging(chain, change);
            bytes += chain.Volume.Size;
            if (chain.Find(name) is not null)
            {
                throw new SnapshotExistsException(chain.Volume.Name, name);
            }
        }

        if (bytes > _core.Options.GroupBytesMax)
        {
            throw new ArgumentException(
                $"The disks of a group have at most {_core.Options.GroupBytesMax} bytes together, these have {bytes}.", "diskNames");
        }
    }

    // Rolls back each disk of a group to what the caller finds for it: in one record, so all or none, also in a crash.
    private async Task<IReadOnlyList<GroupRollbackResult>> ReplaceAsync(
        string name, bool perDisk, TargetFinder find, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await _core.CommitAsync<IReadOnlyList<GroupRollbackResult>>(() =>
        {
            SnapshotGroup group = Get(name);
            List<MemberPlan> plan = Plan(group, find);
            if (!perDisk && plan.Find(member => member.Problem is not null) is { } refused)
            {
                string disk = refused.Chain?.Volume.Name ?? refused.DiskId.ToString();
                throw new ConflictException($"The group '{name}' cannot be rolled back as a whole, because of the disk '{disk}'. {refused.Problem}");
            }

            PoolOperation[] parts =
            [
                .. plan.Where(member => member.Problem is null)
                    .SelectMany(member => RollbackPlan.Of(_core, member.Chain!, member.Target!, groupId: group.Id)),
            ];
            return (parts.Length == 0 ? null : new PoolOperation.Several(parts), ResultsOf(plan));
        }).ConfigureAwait(false);
    }

    private IReadOnlyList<GroupRollbackResult> Check(string name, TargetFinder find)
    {
        using (_core.Gate.Enter())
        {
            return ResultsOf(Plan(Get(name), find));
        }
    }

    private List<MemberPlan> Plan(SnapshotGroup group, TargetFinder find)
    {
        var plan = new List<MemberPlan>();
        foreach (SnapshotGroupMember member in group.Members)
        {
            ChainState? chain = _core.Catalog.Find(member.DiskId);
            (SnapshotState? target, string? problem) = find(group, member);
            if (chain is null)
            {
                problem = "The disk and its snapshots are gone";
            }
            else if (target is not null)
            {
                RollbackCheck check = RollbackRule.Check(_core, chain, target, "");
                problem = check.Ok ? null : string.Join(". ", check.Messages);
            }

            plan.Add(new MemberPlan(member.DiskId, chain, target, problem));
        }

        return plan;
    }

    private static IReadOnlyList<GroupRollbackResult> ResultsOf(List<MemberPlan> plan) =>
        [.. plan.Select(member => new GroupRollbackResult(member.DiskId, member.Problem))];

    private (SnapshotState? Target, string? Problem) FindMember(SnapshotGroup group, SnapshotGroupMember member) =>
        FindListed(member) is { } target ? (target, null) : (null, "Its snapshot in the group has been deleted");

    private (SnapshotState? Target, string? Problem) FindUndo(SnapshotGroup group, SnapshotGroupMember member)
    {
        SnapshotState? undo = _core.Catalog.Find(member.DiskId)?.Undo;
        return undo is not null && undo.Facts.GroupId == group.Id ? (undo, null) : (null, "Its last rollback was not that of the group");
    }

    private SnapshotGroup? Lookup(string name) =>
        _core.Catalog.Items<SnapshotGroup>(ItemKind.Group).FirstOrDefault(group => group.Name == name);

    private SnapshotGroup Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Lookup(name) ?? throw new GroupNotFoundException(name);
    }

    private List<SnapshotState> MembersOf(SnapshotGroup group) => [.. group.Members.Select(FindListed).OfType<SnapshotState>()];

    private SnapshotState? FindListed(SnapshotGroupMember member) =>
        _core.Catalog.Find(member.SnapshotId) is { Place: SnapshotPlace.Listed } snapshot ? snapshot : null;
}
