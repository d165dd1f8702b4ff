using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Times, always UTC.</summary>
internal static class TimeText
{
    /// <summary>ISO 8601 with milliseconds, for programs: "2026-11-21T04:06:00.123Z".</summary>
    public static string Exact(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Cut to seconds, for people: "2026-11-21 04:06:00Z".</summary>
    public static string Short(string exact) => exact[..10] + " " + exact[11..19] + "Z";
}
