using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>An error as the user sees it. The one place that turns exceptions into codes and exit codes.</summary>
internal sealed class Failure : Outcome
{
    public const int Refused = 1;
    public const int Misused = 2;

    public Failure(int exitCode, string code, string message)
    {
        ExitCode = exitCode;
        Code = code;
        Message = message;
    }

    /// <summary>A word in kebab case that programs can rely on.</summary>
    public string Code { get; }

    public string Message { get; }

    /// <summary>What to look at next, for people, or null.</summary>
    public string? Hint { get; init; }

    public ErrorFacts Facts => new(Code, Message);

    /// <summary>A command line that makes no sense, whatever the pool holds.</summary>
    public static Failure OfMisuse(Command command, string message) =>
        new(Misused, "usage", message) { Hint = $"See: {HelpText.PathOf(command)} --help" };

    public static Failure From(Exception exception) => exception switch
    {
        BlockSnapException error => new Failure(Refused, error.Code, error.Message),
        OperationCanceledException => new Failure(Refused, "cancelled", "Cancelled."),
        ArgumentException error => new Failure(Refused, "invalid-argument", WithoutParameter(error)),
        FileNotFoundException or DirectoryNotFoundException => new Failure(Refused, "file-not-found", exception.Message),
        UnauthorizedAccessException => new Failure(Refused, "access-denied", exception.Message),
        IOException => new Failure(Refused, "io", exception.Message),
        _ => new Failure(Refused, "internal", $"{exception.GetType().Name}: {exception.Message}"),
    };

    public override async Task WriteTextAsync(CommandConsole console)
    {
        await console.Error.WriteLineAsync($"blocksnap: {Message} [{Code}]");
        if (Hint is not null)
        {
            await console.Error.WriteLineAsync(Hint);
        }
    }

    public override Task WriteJsonAsync(CommandConsole console) =>
        JsonDocumentWriter.WriteAsync(new ErrorResult(Facts), CliJson.Relaxed.ErrorResult, console);

    // Leaves out the end of "A name has ... (Parameter 'name')\nActual value was x.": on a command line parameters mean nothing.
    private static string WithoutParameter(ArgumentException error)
    {
        int end = error.Message.IndexOf($" (Parameter '{error.ParamName}')", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }
}
