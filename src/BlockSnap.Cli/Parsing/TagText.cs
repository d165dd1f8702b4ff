namespace BlockSnap.Cli;

/// <summary>Tags as they are typed: K=V. The value may be empty and may have a '=' of its own.</summary>
internal static class TagText
{
    /// <summary>Reads all tags of a command line.</summary>
    /// <param name="texts">The tags as they were typed.</param>
    /// <param name="tags">Keys and values.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(IEnumerable<string> texts, out Dictionary<string, string> tags)
    {
        tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=');
            if (equals <= 0)
            {
                return $"'{text}' is no tag: expected KEY=VALUE.";
            }

            if (!tags.TryAdd(text[..equals], text[(equals + 1)..]))
            {
                return $"The tag '{text[..equals]}' is given twice.";
            }
        }

        return null;
    }
}
