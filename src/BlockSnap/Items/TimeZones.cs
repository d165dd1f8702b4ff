namespace BlockSnap.Items;

/// <summary>Time zones by their names in the IANA database.</summary>
internal static class TimeZones
{
    /// <exception cref="ArgumentException">The system knows none of that name.</exception>
    public static TimeZoneInfo Find(string id) => TryFind(id) ?? throw NotFound(id);

    /// <summary>The time zone, or null when the system knows none of that name.</summary>
    public static TimeZoneInfo? TryFind(string id)
    {
        ArgumentNullException.ThrowIfNull(id);

        // The system looks for a file of that name: nothing that leads elsewhere.
        bool isName = id.Length is >= 1 and <= 64 && char.IsAsciiLetter(id[0]) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
        return isName && TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) ? zone : null;
    }

    public static ArgumentException NotFound(string id) =>
        new($"The system knows no time zone '{id}': expected a name of the IANA database, like Europe/Berlin or UTC.");
}
