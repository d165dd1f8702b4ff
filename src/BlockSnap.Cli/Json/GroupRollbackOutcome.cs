using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>group rollback</c>: the disks that went back, and why the others did not.</summary>
internal sealed record GroupRollbackOutcome(string Group, IReadOnlyList<string> RolledBack, IReadOnlyDictionary<string, string> Refused)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
