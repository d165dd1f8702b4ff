namespace BlockSnap.Snapshots;

/// <summary>A change of one or more chains that is under way until it is disposed.</summary>
internal sealed class ChainChange : IDisposable
{
    private readonly PoolCore _core;
    private readonly IReadOnlyList<ChainState> _chains;

    /// <summary>Begins it. Gate held.</summary>
    public ChainChange(PoolCore core, IReadOnlyList<ChainState> chains, string what)
    {
        _core = core;
        _chains = chains;
        What = what;
        foreach (ChainState chain in chains)
        {
            chain.Change = this;
        }
    }

    public string What { get; }

    public void Dispose()
    {
        using (_core.Gate.Enter())
        {
            foreach (ChainState chain in _chains)
            {
                chain.Change = null;
            }
        }
    }
}
