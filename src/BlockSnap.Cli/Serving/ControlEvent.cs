using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>
/// One line of a response: what the command, which runs in the serving process, asks the process that sent it to do. Exactly one property
/// is set.
/// </summary>
internal sealed record ControlEvent
{
    /// <summary>Bytes for standard output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? Output { get; init; }

    /// <summary>Text for standard error.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    /// <summary>Asks for standard input.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? WantsInput { get; init; }

    /// <summary>The end: the exit code.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ExitCode { get; init; }
}
