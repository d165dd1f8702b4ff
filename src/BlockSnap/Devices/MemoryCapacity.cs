namespace BlockSnap.Devices;

/// <summary>Counts the memory of all files of a <see cref="MemoryDevice"/> against its limit. Thread-safe, without locks.</summary>
internal sealed class MemoryCapacity(long? limitBytes)
{
    private long _usedBytes;

    /// <exception cref="PoolFullException">The limit would be passed; nothing was taken.</exception>
    public void Take(long bytes)
    {
        long used = Volatile.Read(ref _usedBytes);
        while (true)
        {
            if (limitBytes is { } limit && bytes > limit - used)
            {
                throw new PoolFullException(bytes, limit);
            }

            long seen = Interlocked.CompareExchange(ref _usedBytes, used + bytes, used);
            if (seen == used)
            {
                return;
            }

            used = seen;
        }
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _usedBytes, -bytes);
}
