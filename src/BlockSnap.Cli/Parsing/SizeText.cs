using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Sizes as they are typed: bytes, or a number and a binary unit: 4096, 64K, 64KiB, 10GiB. No sign, no fraction, no blank.</summary>
internal static class SizeText
{
    public const string Description = "a number of bytes, or one with K, M, G, T, KiB, MiB, GiB or TiB";

    private const string UnitLetters = "KMGT";
    private const int UnitLog2 = 10;

    /// <returns>Whether <paramref name="text"/> is a size, of 0 to <see cref="IDisk.SizeMax"/> bytes.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> number = text.AsSpan().TrimEnd("KMGTibkmgtIB");
        ReadOnlySpan<char> unit = text.AsSpan(number.Length);
        int shift = 0;
        if (!unit.IsEmpty)
        {
            int letter = UnitLetters.IndexOf(char.ToUpperInvariant(unit[0]));
            if (letter < 0 || !(unit.Length == 1 || unit[1..].Equals("iB", StringComparison.OrdinalIgnoreCase)))
            {
                return false;
            }

            shift = (letter + 1) * UnitLog2;
        }

        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > IDisk.SizeMax >> shift)
        {
            return false;
        }

        bytes = count << shift;
        return true;
    }
}
