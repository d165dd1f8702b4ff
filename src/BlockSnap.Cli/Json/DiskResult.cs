using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by the commands that make, change or show one disk.</summary>
internal sealed record DiskResult(DiskFacts Disk)
{
    /// <summary>The bytes of data that would be cut off; only of a dry run of <c>disk resize</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CutBytes { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
