using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.Json;

namespace BlockSnap.Cli;

/// <summary>Prints the help of the command that stands before --help.</summary>
internal sealed class HelpWriterAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Command command = parseResult.CommandResult.Command;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.Tokens.Any(token => token.Value == CommandTree.JsonOptionName))
        {
            using var text = new StringWriter();
            HelpText.Write(command, text);
            output.WriteLine(JsonSerializer.Serialize(new HelpResult(text.ToString()), CliJson.Relaxed.HelpResult));
        }
        else
        {
            HelpText.Write(command, output);
        }

        return 0;
    }
}
