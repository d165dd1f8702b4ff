using BlockSnap.Primitives;

namespace BlockSnap.Catalogs;

/// <summary>Says that somebody uses a disk, until it is disposed. In memory only: it ends with the process.</summary>
internal sealed class DiskAttachment : IDisposable
{
    private readonly Gate _gate;
    private readonly ChainState _chain;

    /// <summary>Begins it. Gate held.</summary>
    public DiskAttachment(Gate gate, ChainState chain, string user)
    {
        _gate = gate;
        _chain = chain;
        User = user;
        chain.Attachments.Add(this);
    }

    public string User { get; }

    public void Dispose()
    {
        using (_gate.Enter())
        {
            _chain.Attachments.Remove(this);
        }
    }
}
