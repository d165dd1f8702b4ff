namespace BlockSnap.Storage;

/// <summary>What every block store asks of its arguments.</summary>
internal static class BlockStoreArguments
{
    public static void CheckDestination(BlockId id, ReadOnlySpan<byte> destination)
    {
        if (destination.Length != id.Length)
        {
            throw new ArgumentException($"The block has {id.Length} bytes, the destination {destination.Length}.", nameof(destination));
        }
    }

    public static void CheckRoot(ReadOnlySpan<byte> root)
    {
        if (root.Length > IBlockStore.RootBytesMax)
        {
            throw new ArgumentException($"A root has at most {IBlockStore.RootBytesMax} bytes, not {root.Length}.", nameof(root));
        }
    }
}
