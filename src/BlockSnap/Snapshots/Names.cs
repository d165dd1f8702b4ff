using System.Text;
using BlockSnap.Items;

namespace BlockSnap.Snapshots;

/// <summary>What names, descriptions, tags and policies may be (R16, R20).</summary>
internal static class Names
{
    /// <summary>The most holds of a snapshot.</summary>
    public const int HoldsMax = 20;

    /// <summary>The most disks whose policy one call changes: the bound of its record.</summary>
    public const int PolicyDisksMax = 200;

    private const int TagsMax = 20;
    private const int TokenMax = 64;
    private static readonly TimeSpan s_timeoutMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Checks a disk's name: 1 to 128 characters without '@', '/', control characters, and not "-" alone.</summary>
    public static void CheckDisk(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool isMisspelt = name is "-" || name != name.Trim() || name.Any(c => c is '@' or '/' || char.IsControl(c));
        if (name.Length is < 1 or > 128 || isMisspelt)
        {
            throw new ArgumentException(
                $"'{name}' is no disk name: 1 to 128 characters without '@', '/' and control characters, no space at its ends, not '-'.",
                nameof(name));
        }
    }

    /// <summary>Checks how many disks a call names: at least one, none twice.</summary>
    public static void CheckDisks(IReadOnlyCollection<string> diskNames, int countMax)
    {
        ArgumentNullException.ThrowIfNull(diskNames);
        if (diskNames.Count < 1 || diskNames.Count > countMax)
        {
            throw new ArgumentException($"1 to {countMax} disks can be named, not {diskNames.Count}.", nameof(diskNames));
        }

        if (diskNames.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"The disk '{twice.Key}' is named {twice.Count()} times.", nameof(diskNames));
        }
    }

    /// <summary>Checks a snapshot's name.</summary>
    public static void CheckSnapshot(string name, SnapshotKind kind)
    {
        CheckName(name, "snapshot");
        if (kind == SnapshotKind.Manual && name.StartsWith("auto", StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"'{name}' is no snapshot name: names that start with 'auto' are kept for automatic snapshots.", nameof(name));
        }
    }

    /// <summary>Checks a policy's name, hours, days, zone and retention (R20).</summary>
    public static void CheckPolicy(SnapshotPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        CheckName(policy.Name, "policy");
        CheckRetention(policy.RetentionDays);
        if (policy.Hours is not { Count: > 0 } hours || hours.Any(hour => hour is < 0 or > 23) || hours.Distinct().Count() != hours.Count)
        {
            throw new ArgumentException("A policy has 1 to 24 different hours, each 0 to 23.", nameof(policy));
        }

        if (policy.Weekdays is not { Count: > 0 } days || !days.All(Enum.IsDefined) || days.Distinct().Count() != days.Count)
        {
            throw new ArgumentException("A policy has 1 to 7 different days of the week.", nameof(policy));
        }

        TimeZones.Find(policy.TimeZone);
    }

    /// <summary>Checks everything that is said when a snapshot is made, but its name.</summary>
    public static void CheckOptions(SnapshotOptions options)
    {
        CheckDescription(options.Description);
        CheckRetention(options.RetentionDays);
        if (options.ClientToken is { } token && (token.Length is < 1 or > TokenMax || token.Any(char.IsControl)))
        {
            throw new ArgumentException($"A client token has 1 to {TokenMax} characters and no control characters.", nameof(options));
        }

        if (options.Hooks?.Timeout is { } timeout && (timeout < s_timeoutMin || timeout > TimeSpan.FromSeconds(SnapshotHooks.TimeoutSecondsMax)))
        {
            throw new ArgumentOutOfRangeException(nameof(options), timeout, "The time-out of hooks is 100 ms to an hour.");
        }

        CheckTags(options);
    }

    /// <summary>Checks a description: 2 to 256 characters, or null.</summary>
    /// <param name="description">The text.</param>
    /// <param name="what">What an error calls it.</param>
    public static void CheckDescription(string? description, string what = "description")
    {
        if (description is not null && CharactersOf(description) is var characters and (< 2 or > 256))
        {
            throw new ArgumentException($"A {what} has 2 to 256 characters, not {characters}.", nameof(description));
        }
    }

    /// <summary>Checks a retention: 1 to 65,536 days, or null.</summary>
    public static void CheckRetention(int? days)
    {
        if (days is < 1 or > Snapshot.RetentionDaysMax)
        {
            throw new ArgumentOutOfRangeException(nameof(days), days, $"A retention is 1 to {Snapshot.RetentionDaysMax} days.");
        }
    }

    /// <summary>Checks the name of a hold: 1 to 128 characters, none of them a control character.</summary>
    public static void CheckHold(string hold)
    {
        ArgumentNullException.ThrowIfNull(hold);
        if (CharactersOf(hold) is < 1 or > 128 || hold.Any(char.IsControl))
        {
            throw new ArgumentException($"'{hold}' is no name for a hold: 1 to 128 characters without control characters.", nameof(hold));
        }
    }

    // R16 and R20 say the same of names, but for "auto".
    private static void CheckName(string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (CharactersOf(name) is var characters and (< 2 or > 128))
        {
            throw Bad($"2 to 128 characters are allowed, it has {characters}");
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

        ArgumentException Bad(string why) => new($"'{name}' is no {what} name: {why}.", nameof(name));
    }

    private static void CheckTags(SnapshotOptions options)
    {
        if (options.Tags is not { } tags)
        {
            return;
        }

        if (tags.Count > TagsMax)
        {
            throw new ArgumentException($"A snapshot has at most {TagsMax} tags, not {tags.Count}.", nameof(options));
        }

        foreach ((string key, string value) in tags)
        {
            if (CharactersOf(key) is < 1 or > 128 || value is null || CharactersOf(value) > 128)
            {
                throw new ArgumentException($"The tag '{key}' is not allowed: keys have 1 to 128 characters, values 0 to 128.", nameof(options));
            }
        }
    }

    // Characters as people count them, nearly: one beyond the first 65,536 of Unicode counts as one. Half of one could not be written as UTF-8.
    private static int CharactersOf(string text)
    {
        int count = 0;
        for (int at = 0; at < text.Length; count++)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out _, out int length) != System.Buffers.OperationStatus.Done)
            {
                throw new ArgumentException("The text contains half a character (a lone surrogate).", nameof(text));
            }

            at += length;
        }

        return count;
    }
}
