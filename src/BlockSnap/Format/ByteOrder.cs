namespace BlockSnap.Format;

/// <summary>Nodes, counts and releases are used as they lie in memory, and the format is little-endian.</summary>
internal static class ByteOrder
{
    /// <summary>Refuses to touch a pool on a machine that would read its numbers backwards.</summary>
    /// <exception cref="PlatformNotSupportedException">The machine is big-endian.</exception>
    public static void ThrowIfUnsupported(bool isLittleEndian)
    {
        if (!isLittleEndian)
        {
            throw new PlatformNotSupportedException(
                "Pools are little-endian and this machine is big-endian: open the pool on a little-endian machine, and serve it from there.");
        }
    }
}
