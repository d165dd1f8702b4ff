namespace BlockSnap.Cli;

/// <summary>What a command reports at its end, to programs as JSON, to people as text.</summary>
internal abstract class Outcome
{
    /// <summary>0 done, 1 refused or failed, 2 misused.</summary>
    public int ExitCode { get; init; }

    public abstract Task WriteTextAsync(CommandConsole console);

    /// <summary>Writes one document and a line feed to standard output.</summary>
    public abstract Task WriteJsonAsync(CommandConsole console);
}
