namespace BlockSnap.Items;

/// <summary>Time zones by their names in the IANA database.</summary>
internal static class TimeZones
{
    /// <summary>The time zone of a name.</summary>
    /// <exception cref="ArgumentException">The system knows none of that name.</exception>
    public static TimeZoneInfo Find(string id) => TryFind(id) ?? throw NotFound(id);

    /// <summary>The time zone, or null when the system knows none of that name.</summary>
    public static TimeZoneInfo? TryFind(string id)
    {
        ArgumentNullException.ThrowIfNull(id);

        // The system opens a file of that name: a name must not lead to another folder.
        bool isName = id.Length is >= 1 and <= 64 && char.IsAsciiLetter(id[0]) && id.All(IsAllowed);
        return isName && TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) ? zone : null;
    }

    /// <summary>The error for a name that the system does not know.</summary>
    public static ArgumentException NotFound(string id) =>
        new($"The system knows no time zone '{id}': expected a name of the IANA database, like Europe/Berlin or UTC.");

    private static bool IsAllowed(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '_' or '-' or '+';
}
