namespace BlockSnap.Tests.Design;

/// <summary>
/// What shipped sources never do: read the wall clock, share randomness, flush through the framework (it hides a failed fsync on Linux),
/// write a date in the calendar of whoever runs them, quote a name "so" in a message ('so' needs no escape in JSON, where messages go too), or leave
/// notes of work to do.
/// </summary>
internal static class SourceRules
{
    private static readonly (string Type, string[] Members)[] s_banned =
    [
        ("DateTime", ["Now", "UtcNow", "Today"]),
        ("DateTimeOffset", ["Now", "UtcNow"]),
        ("Environment", ["TickCount", "TickCount64"]),
        ("Random", ["Shared"]),
    ];

    private static readonly string[] s_notes = ["TO" + "DO", "FIX" + "ME"];

    /// <summary>Every breach as "file: what".</summary>
    /// <param name="files">The sources.</param>
    /// <param name="flushFile">The one file that may call the framework's flush, once, for systems where it tells the truth.</param>
    public static IReadOnlyList<string> FindBreaches(IReadOnlyList<SourceFile> files, string flushFile)
    {
        var breaches = new List<string>();
        foreach (SourceFile file in files)
        {
            foreach ((string type, string[] members) in s_banned)
            {
                breaches.AddRange(members.Where(member => Count(file, type, ".", member) > 0).Select(member => $"{file.Path}: {type}.{member}"));
            }

            if (Count(file, "new", "Random") > 0)
            {
                breaches.Add($"{file.Path}: new Random");
            }

            if (Count(file, "FlushToDisk", "(") > (file.Path == flushFile ? 1 : 0))
            {
                breaches.Add($"{file.Path}: FlushToDisk");
            }

            if (Count(file, "Flush", "(", "true") + Count(file, "Flush", "(", "flushToDisk") > 0)
            {
                breaches.Add($"{file.Path}: Flush(true)");
            }

            breaches.AddRange(LinesWithLocalDates(file).Select(line => $"{file.Path}: a date without InvariantCulture: {line.Trim()}"));
            breaches.AddRange(file.Text.Split('\n').Where(QuotesName).Select(line => $"{file.Path}: a name in double quotes: {line.Trim()}"));
            breaches.AddRange(s_notes.Where(note => file.Text.Contains(note, StringComparison.Ordinal)).Select(note => $"{file.Path}: {note}"));
        }

        return breaches;
    }

    // A pattern of a date in an interpolated string, for which the same line or the one before names no culture.
    private static IEnumerable<string> LinesWithLocalDates(SourceFile file)
    {
        string before = "";
        foreach (string line in file.Text.Split('\n'))
        {
            if (line.Contains(":yyyy", StringComparison.Ordinal) && !(before + line).Contains("InvariantCulture", StringComparison.Ordinal))
            {
                yield return line;
            }

            before = line;
        }
    }

    // But for what is the value of an attribute.
    private static bool QuotesName(string line)
    {
        int at = line.IndexOf("\\\"{", StringComparison.Ordinal);
        return at > 0 && line[at - 1] != '=';
    }

    private static int Count(SourceFile file, params string[] sequence)
        => Enumerable.Range(0, Math.Max(0, file.Tokens.Count - sequence.Length + 1)).Count(start => sequence.Index().All(word => file.Tokens[start + word.Index] == word.Item));
}
