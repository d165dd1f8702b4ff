using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Pools;

namespace BlockSnap.Checks;

/// <summary>All states of a family, held while their maps are walked. Its lists are parallel. For one thread.</summary>
internal sealed class FamilyStates : IDisposable
{
    private readonly List<PinnedRoot> _pins = [];

    /// <summary>Each state: a <see cref="SnapshotState"/>, or for a head its <see cref="ChainState"/>.</summary>
    public List<object> Owners { get; } = [];

    /// <summary>The chain of each state.</summary>
    public List<ChainState> Chains { get; } = [];

    /// <summary>The map of each state.</summary>
    public IReadOnlyList<IRootHolder> Roots => _pins;

    /// <summary>Holds the present states of a family, at one instant.</summary>
    public static FamilyStates Hold(PoolCore core, uint family)
    {
        var states = new FamilyStates();
        using (core.Gate.Enter())
        {
            foreach (ChainState chain in core.Catalog.All.Where(chain => chain.Family == family))
            {
                foreach (SnapshotState state in chain.States)
                {
                    states.Add(state, chain, core.Pins.Hold(state.Root));
                }

                states.Add(chain, chain, core.Pins.Freeze(chain.Volume.Head, core.Store.Log.LastName));
            }
        }

        return states;
    }

    public void Dispose() => _pins.ForEach(pin => pin.Dispose());

    private void Add(object owner, ChainState chain, PinnedRoot pin)
    {
        Owners.Add(owner);
        Chains.Add(chain);
        _pins.Add(pin);
    }
}
