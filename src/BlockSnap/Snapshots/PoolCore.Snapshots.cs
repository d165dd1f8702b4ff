namespace BlockSnap.Snapshots;

/// <content>The facts of snapshots as callers see them, from the freeze point until they are durable.</content>
internal sealed partial class PoolCore
{
    /// <summary>Snapshots that were made and are not yet known to be durable, or failed to become so. Guarded by the gate.</summary>
    public Dictionary<SnapshotId, SnapshotStatus> Unsettled { get; } = [];

    /// <summary>A snapshot as callers see it, with what follows from other items. Gate held.</summary>
    public Snapshot Describe(SnapshotState snapshot)
    {
        Snapshot facts = snapshot.Facts;
        int clones = Catalog.ClonesOf(facts.Id).Count;
        int images = Protection.ImagesOf(this, facts.Id).Count();
        return clones + images == 0 && Unsettled.Count == 0
            ? facts
            : facts with { CloneCount = clones, ImageCount = images, Status = Unsettled.GetValueOrDefault(facts.Id, facts.Status) };
    }

    /// <summary>What a call says of a new snapshot; identity, disk and size are still to be filled in.</summary>
    public Snapshot NewFacts(string name, SnapshotOptions options, SnapshotConsistency level)
    {
        DateTimeOffset now = Clock.Now;
        return new Snapshot
        {
            Id = default,
            DiskId = default,
            Size = 0,
            Name = name,
            Kind = options.Kind,
            Created = now,
            Description = options.Description,
            Tags = options.Tags is null ? new Dictionary<string, string>() : new Dictionary<string, string>(options.Tags),
            Consistency = level,
            Expires = options.RetentionDays is { } days ? now.AddDays(days) : null,
        };
    }

    /// <summary>Says that new snapshots are durable, or that they failed to become so.</summary>
    public void Settle(IEnumerable<SnapshotId> ids, bool failed)
    {
        using (Gate.Enter())
        {
            foreach (SnapshotId id in ids)
            {
                if (failed)
                {
                    Unsettled[id] = SnapshotStatus.Failed;
                }
                else
                {
                    Unsettled.Remove(id);
                }
            }
        }
    }
}
