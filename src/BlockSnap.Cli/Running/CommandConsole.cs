using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Cli;

/// <summary>Where the command reads and writes: the process's standard streams, or a test's buffers.</summary>
internal sealed class CommandConsole
{
    private const int StandardOutputHandle = 1;

    /// <summary>Standard output for text that people read; JSON goes to <see cref="OpenOutput"/>.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Errors and progress.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input for image bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Opens standard output for image bytes and JSON. What was written to <see cref="Output"/> before appears before it.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Whether <see cref="Output"/> is a terminal: it has a width and may get colours.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether <see cref="Error"/> is a terminal: progress bars make sense there.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The columns of the terminal of the process that sent the command; null when it runs in this process's own terminal.</summary>
    public int? RemoteWidth { get; init; }

    /// <summary>The directory that relative paths count from.</summary>
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
    /// The framework's stream over standard output takes a broken pipe for success, so an export would go on writing to nobody. A file
    /// stream reports it. But a file stream keeps a position of its own, which is wrong for a file that several commands write to, as in
    /// (a; b) > f: there the framework's stream is used.
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
