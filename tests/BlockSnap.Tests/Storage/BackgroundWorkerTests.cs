using BlockSnap.Storage;

namespace BlockSnap.Tests.Storage;

public sealed class BackgroundWorkerTests
{
    [Fact]
    public void Signal_AfterDispose_DoesNothing()
    {
        int runs = 0;
        var worker = new BackgroundWorker("test", () => Interlocked.Increment(ref runs) < 0, static e => Assert.Fail(e.ToString()));
        worker.Dispose();

        worker.Signal(); // another worker may be about to, while the pool closes

        Assert.Equal(0, runs);
    }
}
