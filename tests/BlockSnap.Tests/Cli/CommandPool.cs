using System.Text.Json;

namespace BlockSnap.Tests.Cli;

/// <summary>
/// A pool in a directory of its own, created by the command, and the runs of the command on it. In command lines POOL stands for the
/// directory and a leading ~/ for the folder beside it.
/// </summary>
internal sealed class CommandPool : IDisposable
{
    private CommandPool(string folder) => Folder = folder;

    /// <summary>Holds the pool and a test's images.</summary>
    public string Folder { get; }

    public string Path => System.IO.Path.Combine(Folder, "pool");

    public static async Task<CommandPool> CreateAsync()
    {
        var pool = new CommandPool(Directory.CreateTempSubdirectory("blocksnap-").FullName);
        await pool.JsonAsync("pool create POOL");
        return pool;
    }

    public string FileOf(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Runs a command line whose words have no blanks.</summary>
    public Task<CommandRun> RunAsync(string line, Stream? input = null, CancellationToken cancellationToken = default) =>
        CommandRun.OfAsync([.. line.Split(' ').Select(Expand)], input, cancellationToken);

    /// <summary>Runs a command line with --json that must succeed.</summary>
    public async Task<JsonElement> JsonAsync(string line, Stream? input = null)
    {
        CommandRun run = await RunAsync(line + " --json", input);
        Assert.True(run.ExitCode == 0, $"{line}: {run.Output}{run.Error}");
        Assert.Equal("", run.Error);
        return run.Json;
    }

    /// <summary>Runs a command line, with --json and without, that must be refused in the same way.</summary>
    public async Task RefusedAsync(string line, int exitCode, string code)
    {
        CommandRun json = await RunAsync(line + " --json");
        Assert.True(json.ExitCode == exitCode && json.ErrorCode == code, $"{line}: {json.ExitCode} {json.Output}");
        Assert.Equal("", json.Error);

        CommandRun text = await RunAsync(line);
        Assert.Equal(exitCode, text.ExitCode);
        Assert.Equal("", text.Output);
        Assert.StartsWith("blocksnap: ", text.Error);
        Assert.Contains($"[{code}]", text.Error);
    }

    /// <summary>Opens the pool as a program would, to write blocks or to look behind the command.</summary>
    public Task<DiskPool> OpenAsync() => DiskPool.OpenAsync(Path);

    /// <summary>Fills one block of a disk with a byte.</summary>
    public async Task WriteBlockAsync(string disk, long block, byte value)
    {
        await using DiskPool pool = await OpenAsync();
        await using IDisk opened = pool.OpenDisk(disk);
        byte[] data = new byte[opened.BlockSize.Bytes];
        data.AsSpan().Fill(value);
        await opened.WriteAsync(block * data.Length, data);
        await opened.FlushAsync();
    }

    /// <summary>The bytes of a disk or a snapshot, by way of an export.</summary>
    public async Task<byte[]> ContentAsync(string source)
    {
        CommandRun run = await RunAsync($"disk export POOL {source} -");
        Assert.True(run.ExitCode == 0, run.Error);
        return run.OutputBytes;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string Expand(string word) => word == "POOL" ? Path : word.StartsWith("~/", StringComparison.Ordinal) ? FileOf(word[2..]) : word;
}
