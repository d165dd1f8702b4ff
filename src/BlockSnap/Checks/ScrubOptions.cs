namespace BlockSnap;

/// <summary>Choices for a scrub; checked when it begins. Immutable.</summary>
public sealed class ScrubOptions
{
    /// <summary>The lowest rate of a scrub, in bytes per second.</summary>
    public const int BytesPerSecondMin = 4_096;

    /// <summary>
    /// Where to go on: the <see cref="ScrubReport.Position"/> or <see cref="ScrubProgress.Position"/> of an earlier scrub of this pool, also of
    /// another process. 0, the default, is the beginning.
    /// </summary>
    public long StartAt { get; init; }

    /// <summary>Bytes to read at most in a second, at least <see cref="BytesPerSecondMin"/>, or null (the default) for no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Stop after the segment with which so many bytes have been read, at least 1, or null (the default) for the whole pool.</summary>
    public long? BytesMax { get; init; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(StartAt);
        if (BytesPerSecond is < BytesPerSecondMin)
        {
            throw new ArgumentOutOfRangeException(
                nameof(BytesPerSecond), BytesPerSecond, $"The rate must be at least {BytesPerSecondMin} bytes per second.");
        }

        if (BytesMax is < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(BytesMax), BytesMax, "The bytes to read must be at least 1.");
        }
    }
}
