namespace BlockSnap.Devices;

/// <summary>The check of a byte range that every device file makes before it touches anything.</summary>
internal static class DeviceRange
{
    /// <summary>Returns the first byte past the range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The offset or the length is negative, or the end is past <see cref="long.MaxValue"/>.
    /// </exception>
    public static long End(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, long.MaxValue - length);
        return offset + length;
    }
}
