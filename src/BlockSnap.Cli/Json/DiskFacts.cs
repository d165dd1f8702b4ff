using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>A disk.</summary>
internal sealed record DiskFacts(string Id, string Name, long Size, int BlockSize, int Snapshots)
{
    /// <summary>True for a deleted disk whose snapshots are still there; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Released { get; init; }

    public static DiskFacts Of(DiskInfo disk) =>
        new(disk.Id.ToString(), disk.Name, disk.Size, disk.BlockSize.Bytes, disk.SnapshotCount) { Released = disk.IsReleased };

    /// <summary>The facts of an open disk, as of now.</summary>
    public static DiskFacts Of(IDisk disk) =>
        new(disk.Id.ToString(), disk.Name, disk.Size, disk.BlockSize.Bytes, disk.Chain.Snapshots.Count);
}
