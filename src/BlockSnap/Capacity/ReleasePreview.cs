using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Pools;
using BlockSnap.Storage;

namespace BlockSnap.Capacity;

/// <summary>What would be freed if some states of disks went, at one instant.</summary>
/// <param name="Blocks">Blocks that nothing else refers to.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="NodeBytes">Bytes of map nodes on the device that nothing else refers to.</param>
/// <param name="NodesVisited">Nodes that were looked at.</param>
internal readonly record struct ReleasePreview(long Blocks, long Bytes, long NodeBytes, long NodesVisited)
{
    /// <summary>
    /// Counts it. Readers that have a state open, one of these or one that was deleted, do not matter: what they hold goes when they close.
    /// </summary>
    /// <param name="core">The pool.</param>
    /// <param name="states">Gives the states that would go, snapshots and heads; called under the gate.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public static ReleasePreview Of(PoolCore core, Func<IEnumerable<IRootHolder>> states, CancellationToken cancellationToken)
    {
        ReferenceLedger ledger = core.Store.Ledger;
        ledger.DrainAll(cancellationToken); // most changes, before the lock keeps others out
        var pins = new List<PinnedRoot>();
        try
        {
            var release = new SimulatedRelease(core.Store, core.Map.Cache, cancellationToken);
            lock (ledger.Sync)
            {
                ledger.Drain(() => Begin(core, states, release, pins));
                ledger.ReleaseAll(cancellationToken); // what waits to be given back still counts as a reference of what lies below it
                release.Run();
            }

            return new ReleasePreview(release.Blocks, release.Bytes, release.NodeBytes, release.NodesVisited);
        }
        finally
        {
            pins.ForEach(pin => pin.Dispose());
        }
    }

    // Runs under the hold of the gate in which the queue is taken. Nodes with a name stay readable, since no change is applied meanwhile. Roots
    // without a name are held, since readers may close meanwhile: a head's present state by a freeze, which adds no reference to the counts.
    private static void Begin(PoolCore core, Func<IEnumerable<IRootHolder>> states, SimulatedRelease release, List<PinnedRoot> pins)
    {
        PinnedRoot[] readers = [.. core.Pins.All];
        IRootHolder[] doomed = [.. states()];
        foreach (PinnedRoot reader in readers)
        {
            release.Give(reader.Root, isReader: true);
        }

        foreach (IRootHolder state in doomed)
        {
            release.Give(state.Root, isReader: false);
        }

        foreach (IRootHolder state in readers.Concat(doomed).Where(state => state.Root.Entry.IsVolatile))
        {
            pins.Add(state is MapHead head ? core.Pins.Freeze(head, core.Store.Log.LastName) : core.Pins.Hold(state.Root));
        }
    }
}
