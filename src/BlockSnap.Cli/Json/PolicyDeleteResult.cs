using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>policy delete</c>: the policy, and the disks that have none then.</summary>
internal sealed record PolicyDeleteResult(string Deleted, IReadOnlyList<string> Disks)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
