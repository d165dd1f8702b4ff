using BlockSnap.Mapping;

namespace BlockSnap.Snapshots;

/// <summary>
/// Exact bytes per snapshot and disk of one family: disks that descend from each other by cloning share blocks with each other and with
/// nobody else. The states are held while the maps are walked, so that the pool goes on meanwhile. What lies below damaged map nodes is not
/// counted.
/// </summary>
internal sealed class SharingReport
{
    private readonly Dictionary<object, Tally> _tallies = [];

    private sealed class Tally
    {
        public long Referenced;
        public long Exclusive;
        public long Stored;
        public long Snapshots;
    }

    public long ReferencedBytes { get; private set; }

    public bool Knows(object owner) => _tallies.ContainsKey(owner);

    /// <summary>What a snapshot (by its state) or a head (by its chain) refers to.</summary>
    public long ReferencedBy(object owner) => _tallies[owner].Referenced;

    /// <summary>What only it refers to.</summary>
    public long ExclusiveOf(object owner) => _tallies[owner].Exclusive;

    /// <summary>What no earlier snapshot of its chain refers to.</summary>
    public long StoredBy(SnapshotState snapshot) => _tallies[snapshot].Stored;

    /// <summary>What the snapshots of a chain refer to, each block once.</summary>
    public long SnapshotBytesOf(ChainState chain) => _tallies[chain].Snapshots;

    /// <summary>Walks a family.</summary>
    public static SharingReport Of(PoolCore core, uint family, CancellationToken cancellationToken)
    {
        using var states = FamilyStates.Hold(core, family);
        var report = new SharingReport();
        foreach (object owner in states.Owners)
        {
            report._tallies[owner] = new Tally();
        }

        new SharingWalk(core.Engine.Reader, cancellationToken).Run(states.Roots, static _ => true, (block, _, owners) => report.Count(states, block.Id.Length, owners));
        return report;
    }

    // Owners come in the order of the states: of each chain first its snapshots, oldest first, then deleted ones, undo point and head.
    private void Count(FamilyStates states, int bytes, ReadOnlySpan<int> owners)
    {
        ReferencedBytes += bytes;
        ChainState? storedIn = null;
        foreach (int owner in owners)
        {
            Tally tally = _tallies[states.Owners[owner]];
            tally.Referenced += bytes;
            tally.Exclusive += owners.Length == 1 ? bytes : 0;
            if (states.IsListed[owner] && states.Chains[owner] != storedIn)
            {
                storedIn = states.Chains[owner];
                tally.Stored += bytes;
                _tallies[storedIn].Snapshots += bytes;
            }
        }
    }
}
