using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <content>References given back: that to a root at once, those below it in steps, since a tree may be large and others wait for the gate.</content>
internal sealed partial class BlockMap
{
    // Volatile nodes that nothing refers to any more; the references that they hold themselves are still to be given back.
    private readonly Stack<int> _unreferenced = new();

    /// <inheritdoc/>
    public int Waiting => _unreferenced.Count;

    /// <summary>Gives a reference to a root back; what nothing else refers to follows in the background.</summary>
    public void Release(MapRoot root) => ReleaseNode(root.Entry, root.Height);

    /// <inheritdoc/>
    public void Release(int nodes)
    {
        for (; nodes > 0 && _unreferenced.TryPop(out int frame); nodes--)
        {
            ReleaseChildren(frame);
        }
    }

    private void ReleaseNode(NodeEntry entry, int level)
    {
        if (entry.IsNone)
        {
            return;
        }

        if (!entry.IsVolatile)
        {
            _references.ReleaseNode(entry.Id, entry.Checksum, level);
        }
        else if (--_cache[entry.Frame].References == 0)
        {
            _unreferenced.Push(entry.Frame);
        }
    }

    private void ReleaseChildren(int frame)
    {
        int level = _cache[frame].Level;
        foreach (ref NodeEntry child in _cache.Entries(frame))
        {
            if (level > 1)
            {
                ReleaseNode(child, level - 1);
            }
            else if (!child.IsNone)
            {
                _references.ReleaseBlock(child.Id);
            }
        }

        _cache.FreeVolatile(frame);
    }
}
