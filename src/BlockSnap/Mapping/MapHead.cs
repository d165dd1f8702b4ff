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

    /// <summary>Whether volatile nodes from before the freeze may still be written, under later names: until then all stored nodes count as shared.</summary>
    public bool FreezePending { get; set; }
}
