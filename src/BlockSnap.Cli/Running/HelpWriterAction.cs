using System.CommandLine;
using System.CommandLine.Invocation;

namespace BlockSnap.Cli;

/// <summary>Prints the help of the command that stands before --help.</summary>
internal sealed class HelpWriterAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        HelpText.Write(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return 0;
    }
}
