namespace BlockSnap.Tests.Format;

/// <summary>
/// The pool of the example in FORMAT.md: segments of 64 KiB, one disk of one block, written once, one snapshot, closed. Identities count
/// up and the clock stands still, so every byte is the same on every run.
/// </summary>
internal sealed class FormatExample : IDisposable
{
    public const string DiskName = "vm";

    public const string SnapshotName = "monday";

    private byte _ids;

    public MemoryDevice Device { get; } = new();

    public DiskPoolOptions Options => new()
    {
        SegmentBytes = 64 << 10,
        BackgroundWork = false,
        TimeProvider = new ManualTime(),
        NewGuid = () => new Guid(Enumerable.Repeat(++_ids, 16).ToArray()),
    };

    public async Task BuildAsync()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(Device, Options);
        await using IDisk disk = await pool.CreateDiskAsync(DiskName, 4096);
        byte[] block = new byte[4096];
        block.AsSpan().Fill((byte)'x');
        disk.Write(0, block);
        await disk.Chain.CreateAsync(SnapshotName);
    }

    public byte[] Read(string file, long offset, int length)
    {
        using IDeviceFile opened = Device.Open(file, DeviceFileMode.Open);
        byte[] bytes = new byte[length];
        return bytes[..opened.Read(offset, bytes)];
    }

    public void Dispose() => Device.Dispose();
}
