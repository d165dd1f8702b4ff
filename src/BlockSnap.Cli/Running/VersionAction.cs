using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace BlockSnap.Cli;

/// <summary>Prints the version of this assembly, without the commit it was built from.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static string Version =>
        typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(
            parseResult.GetValue<bool>(CommandTree.JsonOptionName) ? $$"""{"version":"{{Version}}"}""" : Version);
        return 0;
    }
}
