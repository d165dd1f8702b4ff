namespace BlockSnap.Catalogs;

/// <summary>
/// Something in the catalog that says when it changed, so that a checkpoint need not look at each. Guarded by the gate.
/// </summary>
internal abstract class TrackedOwner
{
    private HashSet<TrackedOwner>? _changed;

    /// <summary>Puts it into a set, now and with each change.</summary>
    public void Track(HashSet<TrackedOwner> changed)
    {
        _changed = changed;
        changed.Add(this);
    }

    /// <summary>It has left the catalog: its changes no longer matter.</summary>
    public void Forget()
    {
        _changed?.Remove(this);
        _changed = null;
    }

    /// <summary>Sets a field that the catalog's pages hold.</summary>
    protected void Change<T>(out T field, T value)
    {
        field = value;
        _changed?.Add(this);
    }
}
