using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>compact</c>: the pool afterwards, and what was given back.</summary>
internal sealed record CompactResult(long PhysicalBytes, long DeadBytes, long FreedBytes, IReadOnlyList<string> DamagedFiles)
{
    /// <summary>The bytes that would be written again; only of a dry run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MovedBytes { get; init; }

    /// <summary>True when nothing was done: the pool is as it is, freed is what would be, near enough; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
