using System.Diagnostics;
using System.Net.Sockets;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary><c>blocksnap serve</c> as a process of its own, with a pool in a directory of its own; it can be killed and started again.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private static readonly string s_command = Path.Join(AppContext.BaseDirectory, "BlockSnap.Cli.dll");

    private readonly TempDirectory _directory = new();
    private Process? _process;

    public string PoolPath => _directory["pool"];

    public string Socket => _directory["s"];

    /// <summary>The process that serves.</summary>
    public int Id => _process!.Id;

    /// <summary>The line that says where it serves.</summary>
    public string Announcement { get; private set; } = "";

    /// <summary>Words that run the command itself.</summary>
    public static string[] Command { get; } = [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", s_command];

    public string File(string name) => _directory[name];

    public string Uri(string export = "disk") => ServingPool.At(Socket, export);

    /// <summary>Makes a pool with one disk and serves it.</summary>
    public static async Task<ServerProcess> StartAsync(string size, params string[] options)
    {
        var server = new ServerProcess();
        await server.RunAsync("pool", "create", server.PoolPath);
        await server.RunAsync("disk", "create", server.PoolPath, "disk", "--size", size);
        await server.ServeAsync(options);
        return server;
    }

    /// <summary>A client that is connected and has said nothing yet.</summary>
    public NbdClient Connect() => new(new UnixDomainSocketEndPoint(Socket));

    /// <summary>Runs the command to success, on the served pool too.</summary>
    public Task<string> RunAsync(params string[] arguments) => OutsideProgram.RunToSuccessAsync(Command[0], [Command[1], .. arguments]);

    /// <summary>Serves the pool, and waits until it can be connected to.</summary>
    /// <param name="options">What the command is told beside the socket.</param>
    public async Task ServeAsync(params string[] options)
    {
        _process = Process.Start(new ProcessStartInfo(Command[0], [Command[1], "serve", PoolPath, "--unix", Socket, .. options]) { RedirectStandardError = true })!;
        string? line = await _process.StandardError.ReadLineAsync().WaitAsync(s_limit);
        Assert.StartsWith("Serving ", line);
        Announcement = line!;
        _ = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGTERM, once or several times at once; the exit code must be 0.</summary>
    public async Task StopAsync(int signals = 1)
    {
        await OutsideProgram.RunToSuccessAsync("kill", ["-TERM", .. Enumerable.Repeat($"{_process!.Id}", signals)]);
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        Assert.Equal(0, _process.ExitCode);
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _directory.Dispose();
    }
}
