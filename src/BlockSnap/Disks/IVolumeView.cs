using BlockSnap.Mapping;

namespace BlockSnap.Disks;

/// <summary>A map that can be read as a disk: a head, which moves, or a frozen state. Guarded by the gate.</summary>
internal interface IVolumeView
{
    MapRoot Root { get; }

    BlockSize BlockSize { get; }

    /// <summary>What error messages call it.</summary>
    string Name { get; }
}
