using System.Text;

namespace BlockSnap.Snapshots;

/// <summary>What names, descriptions and tags may be (R16).</summary>
internal static class Names
{
    private const int TagsMax = 20;

    /// <summary>Checks a disk's name: 1 to 128 characters without '@', '/', control characters, and not "-" alone.</summary>
    public static void CheckDisk(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is < 1 or > 128 || name is "-" || name.Any(c => c is '@' or '/' || char.IsControl(c)) || name != name.Trim())
        {
            throw new ArgumentException($"\"{name}\" is no disk name: 1 to 128 characters without '@', '/' and control characters, no space at its ends, not \"-\".", nameof(name));
        }
    }

    /// <summary>Checks a snapshot's name.</summary>
    public static void CheckSnapshot(string name, SnapshotKind kind)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is < 2 or > 128)
        {
            throw Bad($"it has {name.Length} characters, 2 to 128 are allowed");
        }

        if (name.Contains("http://", StringComparison.OrdinalIgnoreCase) || name.Contains("https://", StringComparison.OrdinalIgnoreCase))
        {
            throw Bad("it contains http:// or https://");
        }

        bool first = true;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (!(Rune.IsLetter(rune) || (!first && (Rune.IsDigit(rune) || rune.Value is ':' or '_' or '-' or '.'))))
            {
                throw Bad(first ? "it does not start with a letter" : $"'{rune}' is not allowed: letters, digits, ':', '_', '-', '.' are");
            }

            first = false;
        }

        if (kind == SnapshotKind.Manual && name.StartsWith("auto", StringComparison.Ordinal))
        {
            throw Bad("names that start with \"auto\" are kept for automatic snapshots");
        }

        ArgumentException Bad(string why) => new($"\"{name}\" is no snapshot name: {why}.", nameof(name));
    }

    public static void CheckOptions(SnapshotOptions options)
    {
        if (options.Description is { Length: < 2 or > 256 } description)
        {
            throw new ArgumentException($"A description has 2 to 256 characters, not {description.Length}.", nameof(options));
        }

        if (options.RetentionDays is < 1 or > 65_536)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.RetentionDays, "A retention is 1 to 65,536 days.");
        }

        if (options.Tags is null)
        {
            return;
        }

        if (options.Tags.Count > TagsMax)
        {
            throw new ArgumentException($"A snapshot has at most {TagsMax} tags, not {options.Tags.Count}.", nameof(options));
        }

        foreach ((string key, string value) in options.Tags)
        {
            if (key.Length is < 1 or > 128 || value is null || value.Length > 128)
            {
                throw new ArgumentException($"The tag \"{key}\" is not allowed: keys have 1 to 128 characters, values 0 to 128.", nameof(options));
            }
        }
    }
}
