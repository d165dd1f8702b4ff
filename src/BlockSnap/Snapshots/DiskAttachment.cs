namespace BlockSnap.Snapshots;

/// <summary>Says that somebody uses a disk, until it is disposed. In memory only: it ends with the process.</summary>
internal sealed class DiskAttachment : IDisposable
{
    private readonly PoolCore _core;
    private readonly ChainState _chain;

    public DiskAttachment(PoolCore core, ChainState chain, string user)
    {
        _core = core;
        _chain = chain;
        User = user;
        chain.Attachments.Add(this);
    }

    public string User { get; }

    public void Dispose()
    {
        using (_core.Gate.Enter())
        {
            _chain.Attachments.Remove(this);
        }
    }
}
