using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot delete</c> (DISK@SNAPSHOT each) and <c>disk delete</c> (the name).</summary>
internal sealed record DeleteResult(IReadOnlyList<string> Deleted, long FreedBytes)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
