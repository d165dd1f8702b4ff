namespace BlockSnap.Catalogs;

/// <summary>
/// Disks that descend from each other by cloning: they share blocks with each other and with nobody else. It tells when a count of the bytes that
/// only one state refers to may be out of date. Guarded by the gate.
/// </summary>
/// <remarks>
/// Such a count changes when another reference to one of the state's blocks goes, or the first other one comes: when a state is deleted, rolled back
/// to or cloned (<see cref="Losses"/>), or when a head that shares with it is written. What a head shares is all in the state that it was last equal
/// to. So a block that the head shares with a third state is in that state too: it has two references without the head, and what the head does to it
/// does not matter. A write therefore matters to the state that its head was last equal to and to no other, or to all when that state is gone. A new
/// snapshot takes references that its head has, which changes the head's own count only.
/// </remarks>
internal sealed class DiskFamily
{
    // Changes that heads made while the state they were last equal to was not known: they count for every state, then and later.
    private long _pastWrites;

    /// <summary>Its disks.</summary>
    public List<ChainState> Chains { get; } = [];

    /// <summary>Grows with everything but writes and new snapshots.</summary>
    public long Losses { get; private set; }

    /// <summary>States were deleted, or references to existing ones came.</summary>
    public void Reshare() => Losses++;

    /// <summary>A state goes: of heads that were last equal to it nothing is known any more.</summary>
    public void Forget(SnapshotState state)
    {
        Losses++;
        foreach (ChainState chain in Chains)
        {
            if (chain.HeadOrigin.State == state)
            {
                chain.HeadOrigin = HeadOrigin.Unknown;
            }
        }
    }

    /// <summary>
    /// A head was frozen as a new snapshot, with which it shares from now on. Its changes so far stay counted for the state before, so that no sum
    /// ever shrinks.
    /// </summary>
    public void Freeze(ChainState chain, SnapshotState made)
    {
        if (!chain.HeadOrigin.IsKnown)
        {
            _pastWrites += chain.Volume.Head.Changes;
        }
        else if (chain.HeadOrigin.State is { } left)
        {
            left.PastWrites += chain.Volume.Head.Changes;
        }

        chain.HeadOrigin = HeadOrigin.Of(made);
    }

    /// <summary>
    /// How many changes of heads may matter to a state. Equal sums mean that there was none in between: a sum never shrinks while
    /// <see cref="Losses"/> stays the same.
    /// </summary>
    /// <param name="state">The state, or null for a head.</param>
    /// <param name="except">The chain whose own head does not count, or null.</param>
    public long WritesBeside(SnapshotState? state, ChainState? except = null)
    {
        long writes = _pastWrites + (state?.PastWrites ?? 0);
        foreach (ChainState chain in Chains)
        {
            if (chain != except && (!chain.HeadOrigin.IsKnown || (state is not null && chain.HeadOrigin.State == state)))
            {
                writes += chain.Volume.Head.Changes;
            }
        }

        return writes;
    }

    /// <summary>Whether the family has no other state than this snapshot, or than the chain's head when it is null.</summary>
    public bool IsOnly(ChainState chain, SnapshotState? state) =>
        Chains.Count == 1 && (state is null ? !chain.States.Any() : chain.Volume.IsReleased && !chain.States.Skip(1).Any());
}
