using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Pools;

namespace BlockSnap.Checks;

/// <summary>All states of a family, held while their maps are walked.</summary>
internal sealed class FamilyStates : IDisposable
{
    private readonly List<PinnedRoot> _pins = [];

    /// <summary>A <see cref="SnapshotState"/>, or for a head its <see cref="ChainState"/>.</summary>
    public List<object> Owners { get; } = [];

    public List<ChainState> Chains { get; } = [];

    /// <summary>Whether the state is one of its chain's snapshots, as against a deleted one, undo point or head.</summary>
    public List<bool> IsListed { get; } = [];

    public IReadOnlyList<IRootHolder> Roots => _pins;

    public static FamilyStates Hold(PoolCore core, uint family)
    {
        var states = new FamilyStates();
        using (core.Gate.Enter())
        {
            foreach (ChainState chain in core.Catalog.All.Where(chain => chain.Family == family))
            {
                foreach (SnapshotState state in chain.States)
                {
                    states.Add(state, chain, state.Place == SnapshotPlace.Listed, core.Pins.Hold(state.Root));
                }

                states.Add(chain, chain, false, core.Pins.Freeze(chain.Volume.Head, core.Store.Log.LastName));
            }
        }

        return states;
    }

    public void Dispose() => _pins.ForEach(pin => pin.Dispose());

    private void Add(object owner, ChainState chain, bool listed, PinnedRoot pin)
    {
        Owners.Add(owner);
        Chains.Add(chain);
        IsListed.Add(listed);
        _pins.Add(pin);
    }
}
