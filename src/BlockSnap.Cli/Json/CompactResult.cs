using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>compact</c>: the pool afterwards, and what was given back.</summary>
internal sealed record CompactResult(long PhysicalBytes, long DeadBytes, long FreedBytes, IReadOnlyList<string> DamagedFiles)
{
    /// <summary>The bytes that would be written again; only of a dry run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MovedBytes { get; init; }

    /// <summary>True when nothing was done: the figures are of the pool as it is, and the freed bytes an estimate; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
