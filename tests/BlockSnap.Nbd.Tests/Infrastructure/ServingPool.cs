using System.Net;
using System.Net.Sockets;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>A pool in a directory of its own, served at a Unix socket by this process.</summary>
internal sealed class ServingPool : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly List<Exception> _faults = [];

    private ServingPool(TempDirectory directory, DiskPool pool)
    {
        _directory = directory;
        Pool = pool;
        Server = null!;
    }

    public DiskPool Pool { get; }

    public NbdServer Server { get; private set; }

    public string Socket => _directory["s"];

    public UnixDomainSocketEndPoint EndPoint => new(Socket);

    /// <summary>Errors of the server's own so far: there must be none.</summary>
    public IReadOnlyList<Exception> Faults
    {
        get
        {
            lock (_faults)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>Starts with one disk, named "disk". Where options for the pool are given, it is closed and opened with them before it is served.</summary>
    public static async Task<ServingPool> StartAsync(
        long size = 1 << 20, BlockSize blockSize = default, Func<NbdServerOptions, NbdServerOptions>? change = null, DiskPoolOptions? pool = null)
    {
        var directory = new TempDirectory();
        DiskPool created = await DiskPool.CreateAsync(directory["pool"], new DiskPoolOptions { SegmentBytes = 4 << 20 });
        (await created.CreateDiskAsync("disk", size, blockSize)).Dispose();
        if (pool is not null)
        {
            await created.DisposeAsync();
        }

        var served = new ServingPool(directory, pool is null ? created : await DiskPool.OpenAsync(directory["pool"], pool));
        var options = new NbdServerOptions { EndPoints = [served.EndPoint], Faults = new FaultList(served._faults) };
        served.Server = NbdServer.Start(served.Pool, change is null ? options : change(options));
        return served;
    }

    public static string At(string socket, string export = "disk") => $"nbd+unix:///{export}?socket={socket}";

    public string Uri(string export = "disk") => At(Socket, export);

    public string File(string name) => _directory[name];

    public NbdClient Connect(EndPoint? endPoint = null) => new(endPoint ?? EndPoint);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Pool.DisposeAsync();
        _directory.Dispose();
        Assert.Empty(Faults);
    }

    private sealed class FaultList(List<Exception> faults) : IProgress<Exception>
    {
        public void Report(Exception value)
        {
            lock (faults)
            {
                faults.Add(value);
            }
        }
    }
}
