using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Policies in words, for people.</summary>
internal static class PolicyText
{
    public const string None = "-";

    private const int DaysPerWeek = 7;

    public static string WordOf(DayOfWeek day) => day.ToString().ToLowerInvariant();

    public static string Hours(IEnumerable<int> hours) => string.Join(',', hours.Select(hour => hour.ToString(CultureInfo.InvariantCulture)));

    public static string Days(IReadOnlyCollection<string> days) =>
        days.Count == DaysPerWeek ? "daily" : string.Join(',', days.Select(day => day[..3]));

    public static string Retention(int? days) => days is { } count ? Words.Count(count, "day") : "for ever";

    public static string Time(string? exact) => exact is null ? None : TimeText.Short(exact);
}
