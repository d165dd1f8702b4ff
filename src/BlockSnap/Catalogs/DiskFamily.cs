namespace BlockSnap.Catalogs;

/// <summary>
/// Disks that descend from each other by cloning: they share blocks with each other and with nobody else. It knows when bytes that only one
/// state refers to may have changed. They change when another reference to one of its blocks goes, or the first other one comes:
/// when a state is deleted, rolled back to or cloned (<see cref="Losses"/>), or when a head that shares with it writes. A head shares only what
/// is in the state that it was last equal to; of any third state these blocks have two references without the head. So a write matters to that one
/// state alone, and to all only if it is gone. A new snapshot takes references that its head has, which changes nothing but for the head.
/// Guarded by the gate.
/// </summary>
internal sealed class DiskFamily
{
    // Changes of heads from the time when nothing was known of them: counted for every state, then and later.
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

    /// <summary>A head was frozen as a new snapshot, and from now on shares with that. What it had changed stays counted, so that the sums never shrink.</summary>
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

    /// <summary>Changes of heads that may matter to a state. A sum will do: it never shrinks while <see cref="Losses"/> stays the same.</summary>
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

    /// <summary>Whether there is no other state.</summary>
    public bool IsOnly(ChainState chain, SnapshotState? state) =>
        Chains.Count == 1 && (state is null ? !chain.States.Any() : chain.Volume.IsReleased && !chain.States.Skip(1).Any());
}
