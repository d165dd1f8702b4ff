namespace BlockSnap.Disks;

/// <summary>
/// The bytes that readers and writers of one disk asked for since the pool was opened, for metrics. Counted when a call begins, without the gate,
/// which takes some nanoseconds. Thread-safe.
/// </summary>
internal sealed class DiskTraffic
{
    private long _readBytes;
    private long _writtenBytes;

    /// <summary>From the head and from views of its snapshots.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public void CountRead(int bytes) => Interlocked.Add(ref _readBytes, bytes);

    public void CountWrite(int bytes) => Interlocked.Add(ref _writtenBytes, bytes);
}
