namespace BlockSnap.Mapping;

/// <summary>The map of a disk's present state, and since when its nodes are its own. Guarded by the gate.</summary>
internal sealed class MapHead(uint disk, MapRoot root) : IRootHolder
{
    /// <summary>The disk's number, for the nodes' records.</summary>
    public uint Disk { get; } = disk;

    public MapRoot Root { get; set; } = root;

    /// <summary>Volatile nodes made at or before this freeze count are shared.</summary>
    public long FrozenAt { get; set; }

    /// <summary>Stored nodes up to this name are shared, or may be: treating an own node as shared costs work, never correctness.</summary>
    public ulong SharedUpTo { get; set; }

    /// <summary>
    /// Whether volatile nodes from before the freeze may still be written, and then under later names. Until they are, all stored nodes count as
    /// shared.
    /// </summary>
    public bool FreezePending { get; set; }

    /// <summary>
    /// Mapped blocks, if <see cref="IsCounted"/>. Otherwise it says nothing by itself: a recount sets it to 0 when it begins, changes go on being
    /// added, and what was counted is added at its end.
    /// </summary>
    public long Blocks { get; set; }

    /// <summary>Whether <see cref="Blocks"/> is right. It is not after a discard that was too large to be counted, until somebody asks.</summary>
    public bool IsCounted { get; set; } = true;

    /// <summary>Grows whenever the count is lost: a recount that began before is void.</summary>
    public long CountsLost { get; set; }

    /// <summary>Grows with each change of the map.</summary>
    public long Changes { get; set; }

    /// <summary>Mapped blocks, or null when they are not known.</summary>
    public long? BlockCount => IsCounted ? Blocks : null;

    /// <summary>Points the head to another map.</summary>
    public void MoveTo(MapRoot root, long? blocks)
    {
        Root = root;
        Changes++;
        Blocks = blocks ?? 0;
        IsCounted = blocks is not null;
        CountsLost++;
    }
}
