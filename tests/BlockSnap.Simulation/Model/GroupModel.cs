namespace BlockSnap.Simulation;

/// <summary>The model of a group: disk and snapshot of each member, and the client token it was made with, if any.</summary>
internal sealed record GroupModel(IReadOnlyList<(string Disk, string Snapshot)> Members, string? Token = null);
