using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <summary>
/// A reference to a frozen map that is held for as long as something reads it: a snapshot's view, a diff, an export. It is not in the
/// log; a checkpoint notes it as a pending release, so that a crash gives it back.
/// </summary>
internal sealed class PinnedRoot(MapRoot root, Action<PinnedRoot> release) : IRootHolder, IDisposable
{
    public MapRoot Root { get; set; } = root;

    /// <summary>Whether something was deleted since, whose blocks only this may still hold. Guarded by the gate.</summary>
    public bool MayBeLast { get; set; }

    public void Dispose() => release(this);
}
