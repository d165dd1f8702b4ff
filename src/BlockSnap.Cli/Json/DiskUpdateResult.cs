using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>disk update</c>.</summary>
internal sealed record DiskUpdateResult(DiskFacts Disk, long ReadBytes, long WrittenBytes)
{
    /// <summary>The bytes of data beyond the image's end that would be cut off; only of a dry run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CutBytes { get; init; }

    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
