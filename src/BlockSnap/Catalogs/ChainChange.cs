using BlockSnap.Primitives;

namespace BlockSnap.Catalogs;

/// <summary>A change of one or more chains that is under way until it is disposed.</summary>
internal sealed class ChainChange : IDisposable
{
    private readonly Gate _gate;
    private readonly IReadOnlyList<ChainState> _chains;

    /// <summary>Begins it. Gate held.</summary>
    public ChainChange(Gate gate, IReadOnlyList<ChainState> chains, string what)
    {
        _gate = gate;
        _chains = chains;
        What = what;
        foreach (ChainState chain in chains)
        {
            chain.Change = this;
        }
    }

    /// <summary>What is under way, for whoever is refused because of it.</summary>
    public string What { get; }

    public void Dispose()
    {
        using (_gate.Enter())
        {
            foreach (ChainState chain in _chains)
            {
                chain.Change = null;
            }
        }
    }
}
