using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>image delete</c> and <c>image clone</c>: what was deleted, or which disks were made.</summary>
internal sealed record NameListResult
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Deleted { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Disks { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
