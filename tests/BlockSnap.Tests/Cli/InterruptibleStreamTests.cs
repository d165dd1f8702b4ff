using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

public sealed class InterruptibleStreamTests
{
    [Fact]
    public async Task Read_AtTheEnd_GivesASignalTimeToSayThatItIsNone()
    {
        // Ctrl-C in a pipeline: the end of the pipe may come before the signal does.
        using var interrupted = new CancellationTokenSource();
        var stream = new InterruptibleStream(Stream.Null, new ManualTime());
        Task<int> read = stream.ReadAsync(new byte[1], interrupted.Token).AsTask();
        await interrupted.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task Read_OfBytes_WaitsForNothing()
    {
        using var interrupted = new CancellationTokenSource();
        var stream = new InterruptibleStream(new MemoryStream([1, 2]), new ManualTime());
        Assert.Equal(2, await stream.ReadAsync(new byte[8], interrupted.Token));
    }
}
