namespace BlockSnap.Primitives;

/// <summary>Tells damage of one stored thing, which must stay local to it, from what is wrong with the pool or the call.</summary>
internal static class StoredDamage
{
    /// <summary>Whether reading failed because what is stored is not what was written, is missing, or cannot be read from the device.</summary>
    public static bool Is(Exception failure) =>
        failure is BlockCorruptedException or PoolCorruptedException or (IOException and not BlockSnapException);
}
