namespace BlockSnap.Primitives;

/// <summary>
/// Tells a want of space or of descriptors from a failure: what was asked was refused before it changed anything, nothing is damaged, and it can
/// be tried again as it is.
/// </summary>
internal static class Shortage
{
    public static bool Is(Exception failure) => failure is PoolFullException or TooManyFilesException;
}
