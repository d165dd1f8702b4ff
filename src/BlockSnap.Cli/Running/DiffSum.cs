namespace BlockSnap.Cli;

/// <summary>Adds up a diff.</summary>
internal static class DiffSum
{
    /// <summary>The bytes of all extents.</summary>
    public static async Task<long> OfAsync(IAsyncEnumerable<ChangedExtent> extents)
    {
        long bytes = 0;
        await foreach (ChangedExtent extent in extents)
        {
            bytes += extent.Length;
        }

        return bytes;
    }

    /// <summary>The bytes of data that a disk has from an offset on, which a smaller size would cut off.</summary>
    public static Task<long> OfDataFromAsync(DiskPool pool, IDisk disk, long offset, CancellationToken cancellationToken) =>
        OfAsync(pool.DiffAsync(null, disk, new ByteRange(offset, long.MaxValue - offset), cancellationToken));
}
