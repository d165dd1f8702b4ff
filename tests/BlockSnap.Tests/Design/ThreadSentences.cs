using System.Text.RegularExpressions;

namespace BlockSnap.Tests.Design;

/// <summary>Every public type says how it stands with threads. Values (readonly structs, enums) and exceptions need not.</summary>
internal static partial class ThreadSentences
{
    /// <summary>The public types that say nothing of threads.</summary>
    public static IReadOnlyList<string> FindSilent(IReadOnlyList<SourceFile> files) =>
    [
        .. files.SelectMany(file => DeclarationPattern().Matches(file.Text))
            .Where(declared => !IsExempt(declared) && !SentencePattern().IsMatch(declared.Groups["doc"].Value))
            .Select(declared => declared.Groups["name"].Value),
    ];

    // The other files of a partial type say what they add, not what the type is.
    private static bool IsExempt(Match declared) =>
        declared.Groups["name"].Value.EndsWith("Exception", StringComparison.Ordinal) || declared.Groups["doc"].Value.Contains("<content>", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<doc>(?:^///[^\n]*\n)+)(?:^\[[^\n]*\n)*^public (?:(?:static|sealed|abstract|partial|unsafe) )*(?:class|record|interface|ref struct|struct) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex DeclarationPattern();

    [GeneratedRegex(@"\bthread|\bimmutable\b|\bone (?:reading )?loop\b", RegexOptions.IgnoreCase)]
    private static partial Regex SentencePattern();
}
