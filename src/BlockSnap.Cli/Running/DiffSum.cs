namespace BlockSnap.Cli;

/// <summary>How much a diff comes to.</summary>
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
}
