using System.Globalization;

namespace BlockSnap.Throughput.Reports;

/// <summary>Figures for people: three digits and a unit.</summary>
internal static class Figure
{
    public static string Format(double value, Unit unit) => unit switch
    {
        Unit.OperationsPerSecond => value >= 10_000 ? Digits(value / 1000) + " k/s" : Digits(value) + " /s",
        Unit.MebibytesPerSecond => Digits(value) + " MiB/s",
        Unit.Bytes => Digits(value / ByteSize.MiB) + " MiB",
        Unit.BytesPerOperation => value.ToString("0.##", CultureInfo.InvariantCulture) + " B",
        Unit.Share => value.ToString("P1", CultureInfo.InvariantCulture),
        _ => FormatSeconds(value),
    };

    /// <summary>Two digits behind the point up to ten, three digits above.</summary>
    public static string Digits(double value) =>
        value.ToString(Math.Abs(value) switch { < 10 => "F2", < 100 => "F1", _ => "N0" }, CultureInfo.InvariantCulture);

    private static string FormatSeconds(double seconds) => seconds switch
    {
        < 1e-3 => Digits(seconds * 1e6) + " us",
        < 1 => Digits(seconds * 1e3) + " ms",
        _ => Digits(seconds) + " s",
    };
}
