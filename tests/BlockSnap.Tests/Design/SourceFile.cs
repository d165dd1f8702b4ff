using System.Text.RegularExpressions;

namespace BlockSnap.Tests.Design;

/// <summary>A C# source, seen as words and signs. Immutable.</summary>
internal sealed partial class SourceFile
{
    public SourceFile(string path, string text)
    {
        Path = path;
        Text = text;
        Tokens = [.. TokenPattern().Matches(SkippedPattern().Replace(text, " ")).Select(match => match.Value)];
    }

    /// <summary>The path with '/' between its parts.</summary>
    public string Path { get; }

    public string Text { get; }

    /// <summary>Names, numbers and signs in order; comments, strings, characters and preprocessor lines are left out.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The types that the file declares outside of other types. A file-scoped namespace is expected.</summary>
    public IEnumerable<string> DeclaredTypes()
    {
        int depth = 0;
        for (int i = 0; i < Tokens.Count; i++)
        {
            depth += Tokens[i] is "{" or "(" or "[" ? 1 : Tokens[i] is "}" or ")" or "]" ? -1 : 0;
            if (depth != 0 || i + 1 >= Tokens.Count)
            {
                continue;
            }

            string next = Tokens[i + 1];
            if (Tokens[i] is "class" or "struct" or "interface" or "enum" && Previous(i) != ":" && IsName(next))
            {
                yield return next;
            }
            else if (Tokens[i] == "record" && next is not ("class" or "struct") && IsName(next))
            {
                yield return next;
            }
            else if (Tokens[i] == "delegate")
            {
                int open = i;
                while (open < Tokens.Count && Tokens[open] is not ("(" or "<"))
                {
                    open++;
                }

                yield return Tokens[open - 1];
            }
        }
    }

    /// <summary>Whether a name stands where a type can stand: not a member after a dot, nor what a declaration calls its member.</summary>
    public bool NamesType(string type)
    {
        for (int i = 0; i < Tokens.Count; i++)
        {
            if (Tokens[i] == type && Previous(i) != "." && !IsMemberName(i))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsMemberName(int index)
    {
        string next = index + 1 < Tokens.Count ? Tokens[index + 1] : "";
        string previous = Previous(index);

        // "Snapshot = 4" in an enum or initializer, "Snapshot:" as an argument.
        if (next == "=" || (next == ":" && previous is "(" or ","))
        {
            return true;
        }

        // "Snapshot Snapshot {", "SnapshotId? Snapshot;", "List<X> Snapshot =>": the second word is the member's own name.
        bool afterType = (IsName(previous) && !s_beforeType.Contains(previous)) || previous is ">" or "?" or "]";
        return afterType && next is "{" or "=>" or ";" or "(" or ")" or ",";
    }

    private string Previous(int index) => index > 0 ? Tokens[index - 1] : "";

    private static bool IsName(string token) => char.IsLetter(token[0]) || token[0] == '_';

    // Words that are followed by a type, not by a member's name.
    private static readonly HashSet<string> s_beforeType =
    [
        "new", "return", "is", "as", "in", "out", "ref", "case", "throw", "public", "internal", "private", "protected", "static", "readonly", "required",
        "sealed", "abstract", "virtual", "override", "async", "await", "using", "this", "not", "or", "and", "params", "const", "event", "implicit",
        "explicit", "operator", "partial", "extern", "unsafe", "volatile", "where", "foreach", "fixed", "scoped", "yield", "typeof", "sizeof", "default",
    ];

    // Comments; raw, verbatim and plain strings (what stands in holes of an interpolated string is skipped with it); characters; # lines.
    [GeneratedRegex("""
        //[^\n]*|/\*.*?\*/|\$*(?<q>"{3,}).*?\k<q>|\$?@\$?"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.[^']*|[^'\\])'|^[ \t]*\#[^\n]*
        """, RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SkippedPattern();

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_]*|\p{N}[\p{L}\p{N}_.]*|=>|==|::|\S")]
    private static partial Regex TokenPattern();
}
