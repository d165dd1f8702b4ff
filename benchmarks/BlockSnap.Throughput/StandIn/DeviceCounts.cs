namespace BlockSnap.Throughput.StandIn;

/// <summary>What a device was asked for. Thread-safe; the numbers belong to one moment only while nothing runs.</summary>
internal sealed class DeviceCounts
{
    private long _reads;
    private long _readBytes;
    private long _writes;
    private long _writtenBytes;
    private long _flushes;

    public long Reads => Volatile.Read(ref _reads);

    public long ReadBytes => Volatile.Read(ref _readBytes);

    public long Writes => Volatile.Read(ref _writes);

    public long WrittenBytes => Volatile.Read(ref _writtenBytes);

    public long Flushes => Volatile.Read(ref _flushes);

    public void AddRead(int bytes)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _readBytes, bytes);
    }

    public void AddWrite(int bytes)
    {
        Interlocked.Increment(ref _writes);
        Interlocked.Add(ref _writtenBytes, bytes);
    }

    public void AddFlush() => Interlocked.Increment(ref _flushes);
}
