using System.CommandLine;

namespace BlockSnap.Cli;

/// <summary>The options of commands that make snapshots: facts about the snapshot, and what happens around its freeze.</summary>
internal sealed class SnapshotOptionSet
{
    // The library waits so much longer than the time-out after which a command is killed here, so that the kill comes first.
    private const int KillGraceSeconds = 60;

    private readonly Option<string> _description = new("--description") { Description = "A text of 2 to 256 characters.", HelpName = "T" };
    private readonly Option<Dictionary<string, string>> _tags = Options.Tags();
    private readonly Option<int?> _retain = Options.Retention("--retain", "Days it is kept", "until it is deleted");
    private readonly Option<string> _token = new("--token")
    {
        Description = "Makes a repeated call harmless: the same token with the same arguments gives the same snapshot.",
        HelpName = "T",
    };

    private readonly Option<string> _before = new("--before")
    {
        Description = "A shell command that is run before the freeze, and has an application write down what it has in memory.",
        HelpName = "COMMAND",
    };

    private readonly Option<string> _after = new("--after")
    {
        Description = "One that is run after the freeze, also when that failed, and has the application go on.",
        HelpName = "COMMAND",
    };
    private readonly Option<int> _timeout = Options.Number(
        "--hook-timeout", "S", "Seconds after which each of them is killed", 1, SnapshotHooks.TimeoutSecondsMax - KillGraceSeconds, unlessSaid: 30);

    private readonly Option<bool> _fileSystem = Options.Flag(
        "--file-system", "Record that the command before the freeze makes file systems consistent, not applications.");

    private readonly Option<bool> _required = Options.Flag(
        "--require-hook", "Make no snapshot when the command before the freeze fails; else one as after a crash is made.");

    public IEnumerable<Option> All => [_description, _tags, _retain, _token, _before, _after, _timeout, _fileSystem, _required];

    /// <summary>The options as the library takes them.</summary>
    public SnapshotOptions Read(CommandContext context) => new()
    {
        Description = context.Get(_description),
        Tags = context.Get(_tags),
        RetentionDays = context.Get(_retain),
        ClientToken = context.Get(_token),
        Hooks = ReadHooks(context),
    };

    private SnapshotHooks? ReadHooks(CommandContext context)
    {
        (string? before, string? after) = (context.Get(_before), context.Get(_after));
        if (before is null && (context.Get(_fileSystem) || context.Get(_required)))
        {
            throw new UsageException("--file-system and --require-hook are about --before, which is missing.");
        }

        var timeout = TimeSpan.FromSeconds(context.Get(_timeout));
        return before is null && after is null ? null : new SnapshotHooks
        {
            BeforeFreeze = before is null ? null : cancellationToken => ShellHook.RunAsync(before, timeout, context.Console, cancellationToken),
            AfterFreeze = after is null ? null : cancellationToken => ShellHook.RunAsync(after, timeout, context.Console, cancellationToken),
            Timeout = timeout + TimeSpan.FromSeconds(KillGraceSeconds),
            Level = context.Get(_fileSystem) ? SnapshotConsistency.FileSystem : SnapshotConsistency.Application,
            Required = context.Get(_required),
        };
    }
}
