using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk sparsify</c>: the bytes that were looked at, and those of them that became holes.</summary>
internal sealed record DiskSparsifyResult(DiskFacts Disk, long CheckedBytes, long HoleBytes)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
