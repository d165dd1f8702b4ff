namespace BlockSnap;

/// <summary>The identity of a snapshot: given once, never reused. Immutable.</summary>
/// <param name="Value">The identifier's 128 bits.</param>
public readonly record struct SnapshotId(Guid Value)
{
    private const string Prefix = "s-";

    /// <summary>Reads the text form.</summary>
    /// <returns>Whether <paramref name="text"/> is one.</returns>
    public static bool TryParse(string? text, out SnapshotId id)
    {
        id = default;
        if (text is null
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || !Guid.TryParseExact(text.AsSpan(Prefix.Length), "N", out Guid value))
        {
            return false;
        }

        id = new SnapshotId(value);
        return true;
    }

    /// <summary>The text form, "s-" and 32 hexadecimal digits.</summary>
    public override string ToString() => Prefix + Value.ToString("N");
}
