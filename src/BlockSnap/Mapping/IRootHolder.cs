namespace BlockSnap.Mapping;

/// <summary>Something that refers to a map's root and must learn the root's name when a checkpoint gives it one. Guarded by the gate.</summary>
internal interface IRootHolder
{
    MapRoot Root { get; set; }
}
