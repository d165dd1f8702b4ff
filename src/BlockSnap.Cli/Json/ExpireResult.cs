using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot expire</c>: what went, and what has outlived its retention but is held, each as DISK@SNAPSHOT.</summary>
internal sealed record ExpireResult(IReadOnlyList<string> Expired, IReadOnlyList<string> Purged, IReadOnlyList<string> UndoPoints, IReadOnlyList<string> Kept)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
