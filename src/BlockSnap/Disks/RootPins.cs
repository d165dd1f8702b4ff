using BlockSnap.Mapping;
using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <summary>The roots that readers hold at present. Guarded by the gate.</summary>
internal sealed class RootPins(LogBlockStore store, BlockMap map)
{
    private readonly HashSet<PinnedRoot> _pins = [];

    public IReadOnlyCollection<PinnedRoot> All => _pins;

    /// <summary>Called after a root was given back that may have been the last to hold what was deleted meanwhile. No lock held.</summary>
    public Action LastReleased { get; set; } = static () => { };

    /// <summary>Something was deleted: readers may hold what nobody else does. Gate held.</summary>
    public void NoteDeletion()
    {
        foreach (PinnedRoot pin in _pins)
        {
            pin.MayBeLast = true;
        }
    }

    /// <summary>Holds a root that is frozen already. Gate held.</summary>
    public PinnedRoot Hold(MapRoot root)
    {
        store.ThrowIfClosed();
        map.Retain(root);
        return Add(root);
    }

    /// <summary>Freezes a head and holds the state. Gate held.</summary>
    public PinnedRoot Freeze(MapHead head, ulong logPosition)
    {
        store.ThrowIfClosed();
        return Add(map.Freeze(head, logPosition));
    }

    private PinnedRoot Add(MapRoot root)
    {
        var pin = new PinnedRoot(root, Release);
        _pins.Add(pin);
        return pin;
    }

    private void Release(PinnedRoot pin)
    {
        using (store.Gate.Enter())
        {
            if (!_pins.Remove(pin) || store.IsClosed)
            {
                return;
            }

            map.Release(pin.Root);
        }

        if (pin.MayBeLast)
        {
            LastReleased();
        }
    }
}
