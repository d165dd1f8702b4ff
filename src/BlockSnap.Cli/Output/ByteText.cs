using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Bytes for people: at most one decimal and a binary unit, "512 B", "1.5 MiB", "10 GiB".</summary>
internal static class ByteText
{
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>For where a difference below a tenth of a unit matters: "1.5 MiB (1572864 bytes)".</summary>
    public static string Exact(long bytes) => $"{Of(bytes)} ({bytes.ToString(CultureInfo.InvariantCulture)} bytes)";

    public static string Of(long bytes)
    {
        double value = bytes;
        int unit = 0;
        // With one decimal 1023.95 would be shown as 1024.
        while (value >= 1023.95 && unit < s_units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {s_units[unit]}");
    }
}
