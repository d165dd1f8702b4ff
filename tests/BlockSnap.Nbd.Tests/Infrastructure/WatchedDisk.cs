namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>A disk that tells of its flushes and reads before it makes them, on the thread that makes them.</summary>
/// <param name="inner">The disk.</param>
/// <param name="flushed">Told of each flush.</param>
/// <param name="reading">Told the offset of each read; what it throws, the read throws.</param>
internal sealed class WatchedDisk(IDisk inner, Action? flushed, Action<long>? reading) : IDisk
{
    public DiskId Id => inner.Id;

    public string Name => inner.Name;

    public long Size => inner.Size;

    public BlockSize BlockSize => inner.BlockSize;

    public DiskCapabilities Capabilities => inner.Capabilities;

    public ISnapshotChain Chain => inner.Chain;

    public void Read(long offset, Span<byte> buffer)
    {
        reading?.Invoke(offset);
        inner.Read(offset, buffer);
    }

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(offset, buffer, cancellationToken);

    public void Write(long offset, ReadOnlySpan<byte> data) => inner.Write(offset, data);

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => inner.WriteAsync(offset, data, cancellationToken);

    public void WriteZeroes(long offset, long length) => inner.WriteZeroes(offset, length);

    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default) => inner.WriteZeroesAsync(offset, length, cancellationToken);

    public void Discard(long offset, long length) => inner.Discard(offset, length);

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default) => inner.DiscardAsync(offset, length, cancellationToken);

    public void Flush()
    {
        flushed?.Invoke();
        inner.Flush();
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public void Resize(long size) => inner.Resize(size);

    public ValueTask ResizeAsync(long size, CancellationToken cancellationToken = default) => inner.ResizeAsync(size, cancellationToken);

    public IAsyncEnumerable<ByteRange> GetAllocatedExtentsAsync(CancellationToken cancellationToken = default) => inner.GetAllocatedExtentsAsync(cancellationToken);

    public Stream AsStream() => inner.AsStream();

    public void Dispose() => inner.Dispose();

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
