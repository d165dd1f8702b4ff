namespace BlockSnap.Log;

/// <summary>A write to a device that may be full: free files of the pool are given back to it, one by one, until the bytes find space.</summary>
internal static class YieldingWrite
{
    /// <summary>Writes all bytes, as often as it takes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where in the file.</param>
    /// <param name="bytes">What is written.</param>
    /// <param name="yieldSpace">Gives some space to the device; false when there is none to give.</param>
    /// <exception cref="PoolFullException">The device has no space, and nothing is left to give.</exception>
    public static void Run(IDeviceFile file, long offset, ReadOnlySpan<byte> bytes, Func<bool> yieldSpace)
    {
        while (true)
        {
            try
            {
                file.Write(offset, bytes);
                return;
            }
            catch (PoolFullException)
            {
                if (!yieldSpace())
                {
                    throw;
                }
            }
        }
    }
}
