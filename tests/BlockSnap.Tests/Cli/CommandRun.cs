using System.Text;
using System.Text.Json;
using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

/// <summary>What one run of the command gave back, all of it in this process.</summary>
internal sealed record CommandRun(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Standard output as the one JSON document it must be.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.EndsWith("}\n", Output);
            return JsonElement.Parse(Output);
        }
    }

    /// <summary>The code of the error document.</summary>
    public string? ErrorCode => Json.GetProperty("error").GetProperty("code").GetString();

    public static async Task<CommandRun> OfAsync(string[] args, Stream? input = null, CancellationToken cancellationToken = default)
    {
        var output = new MemoryStream();
        var error = new StringWriter();
        var console = CommandConsole.OfStreams(input ?? Stream.Null, output, error);
        int exitCode = await BlockSnapCommand.InvokeAsync(args, console, cancellationToken);
        return new CommandRun(exitCode, output.ToArray(), error.ToString());
    }
}
