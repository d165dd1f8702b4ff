using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>A command that does something, with examples for its help.</summary>
internal sealed class VerbCommand : Command
{
    private const string PoolName = "POOL";

    public VerbCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Whole command lines, each with or without a comment.</summary>
    public required IReadOnlyList<string> Examples { get; init; }

    /// <summary>The pool that may be served by another process, which then runs the command; null for commands that make or own a pool.</summary>
    public Argument<string>? SharedPool =>
        OwnsPool ? null : Arguments.OfType<Argument<string>>().FirstOrDefault(argument => argument.Name == PoolName);

    /// <summary>Whether the command must be the only one on its pool.</summary>
    public bool OwnsPool { get; init; }

    /// <summary>Whether the command writes the FILE that it is given, rather than reads it.</summary>
    public bool WritesFile { get; init; }

    /// <summary>The option with which the command runs until it is interrupted: the interruption then is its end, not a failure.</summary>
    public Option<bool>? UntilInterrupted { get; init; }

    /// <summary>What the command does. <see cref="BlockSnapCommand"/> reports whatever it throws.</summary>
    public required Func<CommandContext, Task<Outcome>> Body { get; init; }

    /// <summary>Adds a set of options that several commands share.</summary>
    public VerbCommand With(IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            Add(option);
        }

        return this;
    }
}
