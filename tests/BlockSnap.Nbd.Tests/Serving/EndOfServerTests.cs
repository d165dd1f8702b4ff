using System.Security.Cryptography;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace BlockSnap.Nbd.Tests.Serving;

/// <summary>What a server leaves behind that was told to stop, and one that was killed.</summary>
public sealed class EndOfServerTests
{
    private const int Length = 256 << 10;

    [Fact]
    public async Task Killed_AfterAFlushOnOneConnection_HasTheWritesOfAnother()
    {
        byte[] data = RandomNumberGenerator.GetBytes(Length);
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        using (NbdClient writer = server.Connect().Go())
        using (NbdClient flusher = server.Connect().Go())
        {
            Assert.Equal(NbdError.None, writer.Do(CommandType.Write, 0, Length, data: data).Error);
            Assert.Equal(NbdError.None, flusher.Do(CommandType.Flush).Error);
            await server.KillAsync();
        }

        (byte[] read, bool recovered) = await ReadAsync(server);
        Assert.True(data.AsSpan().SequenceEqual(read));
        Assert.True(recovered);
    }

    [Fact]
    public async Task Terminated_HasWhatNobodyFlushed_InACheckpoint()
    {
        byte[] data = RandomNumberGenerator.GetBytes(Length);
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        using (NbdClient writer = server.Connect().Go())
        {
            Assert.Equal(NbdError.None, writer.Do(CommandType.Write, 0, Length, data: data).Error);
            await server.StopAsync();
        }

        (byte[] read, bool recovered) = await ReadAsync(server);
        Assert.True(data.AsSpan().SequenceEqual(read));
        Assert.False(recovered); // no log to replay
    }

    // What the disk holds, and whether the log had to be replayed for it.
    private static async Task<(byte[] Data, bool Recovered)> ReadAsync(ServerProcess server)
    {
        using var log = new OpeningLog();
        await using DiskPool pool = await DiskPool.OpenAsync(server.PoolPath, new DiskPoolOptions { LoggerFactory = log });
        await using IDisk disk = pool.OpenDisk("disk");
        byte[] data = new byte[Length];
        disk.Read(0, data);
        return (data, log.Recovered);
    }

    // As timeout(1) does it, to the process and to its group: the second one ended the process where it stood.
    [Fact]
    public async Task Terminated_BySeveralSignalsAtOnce_EndsInOrder()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M");
        await server.StopAsync(signals: 20);
        Assert.False(File.Exists(Path.Join(server.PoolPath, ".control")));
    }

    private sealed class OpeningLog : ILoggerFactory, ILogger
    {
        public bool Recovered { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Recovered |= eventId.Name == "Recovered";

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
