using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>A command that does something, with examples for its help.</summary>
internal sealed class VerbCommand : Command
{
    public VerbCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Whole command lines, each with a comment or not.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    /// <summary>What the command does. Whatever it throws is reported in one place, <see cref="BlockSnapCommand"/>.</summary>
    public required Func<CommandContext, Task<Outcome>> Body { get; init; }
}
