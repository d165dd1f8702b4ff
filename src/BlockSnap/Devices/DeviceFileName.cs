using System.Buffers;

namespace BlockSnap;

/// <summary>
/// The rule for names of files, one for all implementations of <see cref="IStorageDevice"/>, so that a pool can move from any of them to
/// any other. Thread-safe.
/// </summary>
public static class DeviceFileName
{
    /// <summary>Name of the file that stands for ownership. Users of a device cannot open it.</summary>
    public const string Lock = "lock";

    // File systems allow 255 bytes; the rest is room for a suffix that a copy tool adds while it works.
    private const int LengthMax = 200;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Whether a device takes the name.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= LengthMax
        && name[0] != '.' // Keeps "." and ".." out, and hidden files that belong to others (.nfs0001, .DS_Store).
        && !name.AsSpan().ContainsAnyExcept(Allowed)
        && !string.Equals(name, Lock, StringComparison.OrdinalIgnoreCase);

    /// <summary>Refuses a name that no device takes.</summary>
    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    public static void ThrowIfInvalid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsValid(name))
        {
            throw new ArgumentException(
                $"A device has no file named '{name}': use 1 to {LengthMax} ASCII letters, digits, '-', '_' and '.', "
                + $"not '.' as the first of them, and not the name '{Lock}'.",
                nameof(name));
        }
    }
}
