using System.Runtime.CompilerServices;

namespace BlockSnap.Disks;

/// <summary>What heads and snapshot views share: argument checks, reading, extents and the stream.</summary>
internal abstract class DiskBase(BlockEngine engine, DiskTraffic traffic) : IDisk
{
    private bool _disposed;

    public abstract DiskId Id { get; }

    public abstract string Name { get; }

    public abstract long Size { get; }

    public abstract BlockSize BlockSize { get; }

    public abstract DiskCapabilities Capabilities { get; }

    public abstract ISnapshotChain Chain { get; }

    public BlockEngine Engine => engine;

    /// <summary>What is read.</summary>
    public abstract IVolumeView View { get; }

    public void Read(long offset, Span<byte> buffer)
    {
        Check(offset, buffer.Length);
        traffic.CountRead(buffer.Length);
        engine.Read(View, offset, buffer);
    }

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Check(offset, buffer.Length);
        traffic.CountRead(buffer.Length);
        return engine.ReadAsync(View, offset, buffer, cancellationToken);
    }

    public abstract void Write(long offset, ReadOnlySpan<byte> data);

    public abstract ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    public abstract void WriteZeroes(long offset, long length);

    public abstract ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default);

    public abstract void Discard(long offset, long length);

    public abstract ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default);

    public abstract void Flush();

    public abstract ValueTask FlushAsync(CancellationToken cancellationToken = default);

    public abstract void Resize(long size);

    public abstract ValueTask ResizeAsync(long size, CancellationToken cancellationToken = default);

    public async IAsyncEnumerable<ByteRange> GetAllocatedExtentsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ChangedExtent extent in DiskDiff.CompareAsync(engine, null, this, cancellationToken).ConfigureAwait(false))
        {
            yield return new ByteRange(extent.Offset, extent.Length);
        }
    }

    public Stream AsStream() => new DiskStream(this);

    /// <summary>Whether the disk belongs to the pool of an engine.</summary>
    public bool IsOf(BlockEngine other) => engine == other;

    /// <summary>Holds the present map so that it can be walked while the disk goes on; null when the disk is empty forever.</summary>
    public abstract PinnedRoot Pin();

    public virtual void Dispose() => _disposed = true;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    protected void Check(long offset, long length)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset > Size - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, $"{length} bytes at {offset} cross the end of '{Name}', which has {Size} bytes.");
        }
    }

    protected void ThrowIfDisposed()
    {
        if (_disposed)
        {
            ThrowDisposed();
        }
    }

    // Out of line, as it is rare; and with the name, as a program has many disks.
    private void ThrowDisposed() => throw new ObjectDisposedException($"disk '{Name}'");
}
