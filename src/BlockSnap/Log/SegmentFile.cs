using System.Globalization;

namespace BlockSnap.Log;

/// <summary>
/// One segment file, by number; its place in the log changes as it is recycled. A reader pins it so that it is neither closed,
/// recycled nor deleted under its hands (I5). Pins are taken under the pool's gate and given back anywhere.
/// </summary>
internal sealed class SegmentFile(int number)
{
    public const string Prefix = "data-";

    private int _pins;
    private volatile bool _unsynced;

    public int Number { get; } = number;

    public string Name { get; } = NameOf(number);

    /// <summary>The open handle, or null; set under the gate.</summary>
    public IDeviceFile? Handle { get; set; }

    /// <summary>Bytes on the device: a whole segment's, or what a container holds.</summary>
    public long Bytes { get; set; }

    /// <summary>Bytes for which this pool has allocated space, as far as it knows.</summary>
    public long AllocatedBytes { get; set; }

    /// <summary>Whether something was written and not yet flushed; guarded by the log writer's device lock.</summary>
    public bool Unsynced
    {
        get => _unsynced;
        set => _unsynced = value;
    }

    /// <summary>Whether nothing lives in it any more and it waits for its last reader; under the gate.</summary>
    public bool Retired { get; set; }

    public bool IsPinned => Volatile.Read(ref _pins) != 0;

    /// <summary>
    /// Whether nobody uses it and nothing in it waits for a flush, so that its handle may be closed; under the gate. The order matters: a flush,
    /// which does not hold the gate, pins the file first and clears <see cref="Unsynced"/> afterwards.
    /// </summary>
    public bool IsIdle => !_unsynced && !IsPinned;

    public void AddPin() => Interlocked.Increment(ref _pins);

    public void Unpin() => Interlocked.Decrement(ref _pins);

    public static string NameOf(int number) => $"{Prefix}{number:D8}";

    /// <summary>The number in a file's name; false when the name is not that of a segment file.</summary>
    public static bool TryNumberOf(string name, out int number)
    {
        number = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && NameOf(number) == name;
    }
}
