using System.Globalization;

namespace BlockSnap.Throughput;

/// <summary>Sizes as people write them: 4096, 64KiB, 10GiB; K, M, G and T are binary.</summary>
internal static class ByteSize
{
    public const int Block = 4096;
    public const long MiB = 1 << 20;
    public const long GiB = 1 << 30;

    private const string Units = "KMGT";

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string number = text.EndsWith("iB", StringComparison.OrdinalIgnoreCase) ? text[..^2] : text;
        int unit = number.Length == 0 ? -1 : Units.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        int shift = 10 * (unit + 1);
        number = unit < 0 ? number : number[..^1];
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value) || value > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = value << shift;
        return true;
    }

    /// <summary>Whole numbers of the largest unit that divides: 4 GiB, 65 MiB.</summary>
    public static string Format(long bytes)
    {
        int unit = 0;
        while (unit < Units.Length && bytes >= 1024 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : $"{bytes} {Units[unit - 1]}iB";
    }
}
