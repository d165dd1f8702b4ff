using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Cli;

/// <summary>Where the command reads and writes: the process's standard streams, or a test's buffers.</summary>
internal sealed class CommandConsole
{
    private const int StandardOutputHandle = 1;

    /// <summary>Text for people, in no document.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input for image bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Opens standard output for image bytes and JSON; what was written to <see cref="Output"/> before comes first.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Whether <see cref="Output"/> may have colours and has a width.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether progress bars make sense on <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of a terminal that is another process's; null for this process's own.</summary>
    public int? RemoteWidth { get; init; }

    /// <summary>What relative paths count from.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>Whether terminals get colours; see no-color.org.</summary>
    public bool Colors { get; init; }

    public static CommandConsole OfProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        OpenOutput = OpenStandardOutput,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Colors = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
    };

    /// <summary>A console over buffers, as if everything were redirected.</summary>
    public static CommandConsole OfStreams(Stream input, Stream output, TextWriter error) => new()
    {
        Output = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true },
        Error = error,
        OpenInput = () => input,
        OpenOutput = () => output,
    };

    /// <summary>
    /// The framework's stream over standard output takes a broken pipe for success: an export would go on into the void. A file
    /// stream reports it, but over a file that others write to as well, (a; b) > f, it keeps a position of its own.
    /// </summary>
    private static Stream OpenStandardOutput()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        var stream = new FileStream(new SafeFileHandle(StandardOutputHandle, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
