namespace BlockSnap.Throughput;

/// <summary>What a pattern of reads and writes runs on. Both sides of a pair are called through this interface, which costs both the same.</summary>
internal interface ITarget
{
    /// <summary>Bytes, whole MiB.</summary>
    long Size { get; }

    void Read(long offset, Span<byte> buffer);

    void Write(long offset, ReadOnlySpan<byte> data);

    void Flush();
}
