using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>policy run</c>: what was due, and what had outlived its retention.</summary>
internal sealed record PolicyRunReport(IReadOnlyList<PolicyOutcomeFacts> Outcomes, ExpireResult Expired)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
