using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Times, always UTC.</summary>
internal static class TimeText
{
    private static readonly string[] s_formats = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFK"];

    /// <summary>ISO 8601 with milliseconds, for programs: "2026-11-21T04:06:00.123Z".</summary>
    public static string Exact(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The day alone: "2026-11-21".</summary>
    public static string Day(string exact) => exact[..10];

    /// <summary>Reads a time as it is typed: ISO 8601; everything after the day may be left out.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, s_formats, CultureInfo.InvariantCulture, Utc, out time);
    }

    /// <summary>Cut to seconds, for people: "2026-11-21 04:06:00Z".</summary>
    public static string Short(string exact) => exact[..10] + " " + exact[11..19] + "Z";
}
