namespace BlockSnap.Disks;

/// <summary>A frozen state as a disk that refuses changes. Reading holds a pin, so that it outlives the snapshot it shows.</summary>
internal sealed class ReadOnlyDisk(
    BlockEngine engine,
    RootPins pins,
    PinnedRoot pin,
    DiskId id,
    string name,
    long size,
    BlockSize blockSize,
    ISnapshotChain chain,
    DiskTraffic traffic)
    : DiskBase(engine, traffic)
{
    private readonly FrozenView _view = new(pin, blockSize, name);

    public override DiskId Id => id;

    public override string Name => name;

    public override long Size => size;

    public override BlockSize BlockSize => blockSize;

    public override DiskCapabilities Capabilities => DiskCapabilities.None;

    public override ISnapshotChain Chain => chain;

    public override IVolumeView View => _view;

    public override PinnedRoot Pin()
    {
        ThrowIfDisposed();
        using (Engine.Store.Gate.Enter())
        {
            return pins.Hold(pin.Root);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> data) => throw Refusal();

    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => throw Refusal();

    public override void WriteZeroes(long offset, long length) => throw Refusal();

    public override ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default) => throw Refusal();

    public override void Discard(long offset, long length) => throw Refusal();

    public override ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default) => throw Refusal();

    public override void Flush() => ThrowIfDisposed();

    public override ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return ValueTask.CompletedTask;
    }

    public override void Resize(long size) => throw Refusal();

    public override ValueTask ResizeAsync(long size, CancellationToken cancellationToken = default) => throw Refusal();

    public override void Dispose()
    {
        base.Dispose();
        pin.Dispose();
    }

    private PoolReadOnlyException Refusal() => new($"changing the snapshot '{name}'");

    private sealed class FrozenView(PinnedRoot pin, BlockSize blockSize, string name) : IVolumeView
    {
        public Mapping.MapRoot Root => pin.Root;

        public BlockSize BlockSize => blockSize;

        public string Name => name;
    }
}
