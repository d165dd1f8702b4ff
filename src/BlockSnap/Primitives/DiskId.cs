namespace BlockSnap;

/// <summary>The identity of a disk: given once, never reused. Immutable.</summary>
/// <param name="Value">The identifier's 128 bits.</param>
public readonly record struct DiskId(Guid Value)
{
    private const string Prefix = "d-";

    /// <summary>Reads the text form.</summary>
    /// <returns>Whether <paramref name="text"/> is one.</returns>
    public static bool TryParse(string? text, out DiskId id)
    {
        id = default;
        if (text is null
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Guid.TryParseExact(text.AsSpan(Prefix.Length), "N", out Guid value))
        {
            return false;
        }

        id = new DiskId(value);
        return true;
    }

    /// <summary>The text form, "d-" and 32 hexadecimal digits.</summary>
    public override string ToString() => Prefix + Value.ToString("N");
}
