using System.CommandLine;
using System.CommandLine.Parsing;

namespace BlockSnap.Cli;

/// <summary>The arguments that several commands have. Each call makes a new one.</summary>
internal static class Arguments
{
    public static Argument<string> Pool() => new("POOL") { Description = "The pool's directory.", CustomParser = ParseText };

    /// <summary>The name of a disk that is to be made.</summary>
    public static Argument<string> NewDisk(string name = "DISK") => new(name)
    {
        Description = "The new disk's name: 1 to 128 characters without '@' and '/'.",
        CustomParser = ParseText,
    };

    public static Argument<string> Text(string name, string description) => new(name) { Description = description, CustomParser = ParseText };

    /// <summary>One or more words.</summary>
    public static Argument<string[]> Texts(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.OneOrMore };

    public static Argument<string> File(string description) => new("FILE") { Description = description, CustomParser = ParseText };

    public static Argument<DiskPath> Disk(string description = "The disk's name or id.") =>
        Path("DISK", description, DiskPathKind.Disk);

    public static Argument<DiskPath> Snapshot(string description = "The snapshot.") =>
        Path("DISK@SNAPSHOT", description, DiskPathKind.Snapshot);

    public static Argument<DiskPath> Path(string name, string description, DiskPathKind kind) => new(name)
    {
        Description = description,
        CustomParser = result => ParsePath(result.Tokens[0].Value, kind, result),
    };

    /// <summary>One or more snapshots.</summary>
    public static Argument<DiskPath[]> Snapshots(string description) => new("DISK@SNAPSHOT")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => ParsePath(token.Value, DiskPathKind.Snapshot, result)!)],
    };

    private static string? ParseText(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text.Length == 0)
        {
            result.AddError($"{result.Argument.Name} is empty.");
        }

        return text;
    }

    private static DiskPath? ParsePath(string text, DiskPathKind kind, ArgumentResult result)
    {
        bool valid = DiskPath.TryParse(text, out DiskPath path);
        string? expected = kind switch
        {
            DiskPathKind.Disk when !valid || path.Snapshot is not null => "a disk without a snapshot",
            DiskPathKind.Snapshot when !valid || path.Snapshot is null => "DISK@SNAPSHOT",
            DiskPathKind.Either when !valid => "DISK or DISK@SNAPSHOT",
            _ => null,
        };
        if (expected is null)
        {
            return path;
        }

        result.AddError($"Expected {expected}, found '{text}'.");
        return null;
    }
}
