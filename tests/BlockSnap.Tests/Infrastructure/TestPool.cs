namespace BlockSnap.Tests.Infrastructure;

/// <summary>A pool for a test, over memory or a temporary directory, that can be closed and opened again, or killed and opened again.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    private readonly IStorageDevice _medium;
    private readonly DiskPoolOptions _options;
    private readonly TempDirectory? _directory;
    private SeverableDevice _device;

    private TestPool(IStorageDevice medium, DiskPoolOptions options, TempDirectory? directory)
    {
        _medium = medium;
        _options = options;
        _directory = directory;
        _device = new SeverableDevice(medium);
        Pool = null!;
    }

    /// <summary>The open pool; another object after each reopen.</summary>
    public DiskPool Pool { get; private set; }

    /// <summary>Bytes the open pool wrote to its device since it was opened.</summary>
    public long WrittenBytes => _device.WrittenBytes;

    public static Task<TestPool> CreateAsync(PoolChoice? choice = null, SnapshotQuota? quota = null, TimeProvider? time = null)
        => CreateAsync((choice ?? PoolChoice.Small).ToOptions(quota, time));

    public static Task<TestPool> CreateAsync(DiskPoolOptions options) => StartAsync(new TestPool(new MemoryDevice(), options, null));

    public static Task<TestPool> CreateInDirectoryAsync(DiskPoolOptions options)
    {
        var directory = new TempDirectory();
        return StartAsync(new TestPool(new DirectoryDevice(directory["pool"], create: true), options, directory));
    }

    /// <summary>Closes the pool as a program does, and opens it again.</summary>
    public async Task ReopenAsync()
    {
        await Pool.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>
    /// Kills the pool as the end of its process would: nothing more reaches the device, not even what was written but not flushed.
    /// Then opens it again.
    /// </summary>
    public async Task KillAsync()
    {
        _device.Sever();
        try
        {
            // A dead process leaves no threads behind; this ends those of the abandoned pool. It cannot touch the device any more.
            await Pool.DisposeAsync();
        }
        catch (IOException)
        {
        }

        await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync();
        _medium.Dispose();
        _directory?.Dispose();
    }

    private static async Task<TestPool> StartAsync(TestPool test)
    {
        test.Pool = await DiskPool.CreateAsync(test._device, test._options);
        return test;
    }

    private async Task OpenAsync()
    {
        _device = new SeverableDevice(_medium);
        Pool = await DiskPool.OpenAsync(_device, _options);
    }
}
