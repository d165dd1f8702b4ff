namespace BlockSnap.Disks;

/// <summary>A handle onto a disk's present state. Handles are light; several onto one disk may be open, disposing one affects no other.</summary>
internal sealed class HeadDisk(
    BlockEngine engine,
    RootPins pins,
    DiskVolume volume,
    ISnapshotChain chain,
    Action<DiskVolume, long> resize,
    Func<CancellationToken, ValueTask> flushAsync,
    bool readOnly)
    : DiskBase(engine, volume.Traffic)
{
    public override DiskId Id => volume.Id;

    public override string Name => volume.Name;

    public override long Size => volume.Size;

    public override BlockSize BlockSize => volume.BlockSize;

    public override DiskCapabilities Capabilities => readOnly
        ? DiskCapabilities.None
        : DiskCapabilities.Write | DiskCapabilities.Resize | DiskCapabilities.Snapshot;

    public override ISnapshotChain Chain => chain;

    public override IVolumeView View => volume;

    public override PinnedRoot Pin()
    {
        ThrowIfDisposed();
        using (Engine.Store.Gate.Enter())
        {
            volume.ThrowIfReleased();
            return pins.Freeze(volume.Head, Engine.Store.Log.LastName);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> data)
    {
        Check(offset, data.Length);
        ThrowIfReadOnly();
        volume.Traffic.CountWrite(data.Length);
        Engine.Write(volume, offset, data);
    }

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        // Acknowledged when it is in the append buffer: memory work, done at once. The device is waited for by flushes only.
        cancellationToken.ThrowIfCancellationRequested();
        Write(offset, data.Span);
        return ValueTask.CompletedTask;
    }

    public override void WriteZeroes(long offset, long length)
    {
        Check(offset, length);
        ThrowIfReadOnly();
        Engine.Clear(volume, offset, length, exact: true);
    }

    public override ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WriteZeroes(offset, length);
        return ValueTask.CompletedTask;
    }

    public override void Discard(long offset, long length)
    {
        Check(offset, length);
        ThrowIfReadOnly();
        Engine.Clear(volume, offset, length, exact: false);
    }

    public override ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Discard(offset, length);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        ThrowIfDisposed();
        Engine.Store.Log.Flush();
    }

    public override ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return flushAsync(cancellationToken);
    }

    public override void Resize(long size)
    {
        ThrowIfDisposed();
        resize(volume, size);
        Engine.Store.Log.Flush();
    }

    public override async ValueTask ResizeAsync(long size, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        cancellationToken.ThrowIfCancellationRequested();
        resize(volume, size);
        await flushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfReadOnly()
    {
        if (readOnly)
        {
            throw new PoolReadOnlyException($"writing to disk '{volume.Name}'");
        }
    }
}
