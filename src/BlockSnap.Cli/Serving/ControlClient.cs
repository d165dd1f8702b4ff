using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace BlockSnap.Cli;

/// <summary>
/// Has a command run by the process that serves its pool, with this process's standard streams. The serving process opens files, as the
/// same user on the same machine; relative paths count from this process's directory. What only this process can open, its standard
/// streams and descriptors (/dev/fd/N), is read and written here.
/// </summary>
internal static class ControlClient
{
    private const string EndedBefore = "The process that serves the pool ended before the command did.";
    private const int PieceBytes = 64 << 10;
    private const int RemoteWidthDefault = 120;

    private static readonly string[] s_ownFolders = ["/dev/fd/", "/proc/self/"];

    /// <summary>Runs a command line over an open connection.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="IOException">The serving process went away.</exception>
    public static async Task<int> RunAsync(
        Socket socket, VerbCommand verb, IReadOnlyList<string> words, CommandConsole console, CancellationToken cancellationToken)
    {
        (IReadOnlyList<string> sent, console) = KeepOwnFile(verb, words, console);
        var request = new ControlRequest(
            sent, Environment.CurrentDirectory, console.OutputIsTerminal, console.ErrorIsTerminal, console.Colors,
            console.OutputIsTerminal || console.ErrorIsTerminal ? Math.Max(40, Console.WindowWidth) : RemoteWidthDefault);
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new NetworkStream(socket, ownsSocket: true)),
            UseProxy = false,
        };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var input = new InputContent(console);
        using var message = new HttpRequestMessage(HttpMethod.Post, $"http://pool{ControlRequest.Path}{request.ToQuery()}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = input,
        };
        try
        {
            using HttpResponseMessage response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            response.EnsureSuccessStatusCode();
            await using Stream events = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await FollowAsync(events, input, console, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"The process that serves the pool went away: {e.Message}", e);
        }
        catch (HttpIOException e)
        {
            throw new IOException(EndedBefore, e);
        }
    }

    // The path of a descriptor would mean another file in the serving process. So the command line that is sent names a standard stream in
    // its place, and this process connects that stream to the descriptor.
    private static (IReadOnlyList<string> Words, CommandConsole Console) KeepOwnFile(
        VerbCommand verb, IReadOnlyList<string> words, CommandConsole console)
    {
        if (words.LastOrDefault(IsOwnFile) is not { } own)
        {
            return (words, console);
        }

        var connected = new CommandConsole
        {
            Output = console.Output,
            Error = console.Error,
            OpenInput = () => OpenOwnFile(own, FileAccess.Read),
            OpenOutput = verb.WritesFile ? () => OpenOwnFile(own, FileAccess.Write) : console.OpenOutput,
            OutputIsTerminal = console.OutputIsTerminal,
            ErrorIsTerminal = console.ErrorIsTerminal,
            Colors = console.Colors,
        };
        return ([.. words.Select(word => word == own ? ImageSource.StandardStream : word)], connected);
    }

    private static bool IsOwnFile(string word) =>
        word == "/dev/stdin" || s_ownFolders.Any(folder => word.StartsWith(folder, StringComparison.Ordinal));

    private static FileStream OpenOwnFile(string path, FileAccess access) =>
        new(path, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0);

    private static async Task<int> FollowAsync(Stream events, InputContent input, CommandConsole console, CancellationToken cancellationToken)
    {
        Stream? output = null;
        IAsyncEnumerable<ControlEvent?> lines = JsonSerializer.DeserializeAsyncEnumerable(
            events, CliJson.Relaxed.ControlEvent, topLevelValues: true, cancellationToken);
        await foreach (ControlEvent? line in lines)
        {
            if (line!.Output is { } bytes)
            {
                output ??= console.OpenOutput();
                await output.WriteAsync(bytes, cancellationToken);
                await output.FlushAsync(cancellationToken);
            }
            else if (line.Error is { } text)
            {
                await console.Error.WriteAsync(text);
                await console.Error.FlushAsync(cancellationToken);
            }
            else if (line.WantsInput == true)
            {
                input.Begin();
            }
            else if (line.ExitCode is { } exitCode)
            {
                return exitCode;
            }
        }

        throw new IOException(EndedBefore);
    }

    /// <summary>
    /// Standard input as a request's body, which is read only after the serving process asked for it: a command that reads no input must
    /// leave it to others.
    /// </summary>
    private sealed class InputContent(CommandConsole console) : HttpContent
    {
        private readonly TaskCompletionSource<bool> _begin = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin() => _begin.TrySetResult(true);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken); // sends the head of the request, without a body yet
            if (!await _begin.Task.WaitAsync(cancellationToken))
            {
                return;
            }

            var source = new InterruptibleStream(console.OpenInput());
            byte[] piece = new byte[PieceBytes];
            while (await source.ReadAsync(piece, cancellationToken) is > 0 and int count)
            {
                await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _begin.TrySetResult(false);
            base.Dispose(disposing);
        }
    }
}
