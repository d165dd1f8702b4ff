using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class SessionWorkersTests
{
    // The session was ended by it, and its end by the thread that never ran: the disk was called in use until the server ended.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Post_WhereTheSystemHasNoThreadLeft_IsLeftToThoseThatRun(int threadsToBeHad)
    {
        var together = new ManualResetEventSlim(threadsToBeHad == 0);
        int executed = 0;
        int accepted = 0;
        var workers = new SessionWorkers(
            (_, _) =>
            {
                together.Wait(NbdClient.LimitMilliseconds); // nobody is idle while the others are posted
                Interlocked.Increment(ref executed);
            },
            () => new ReplyBuffer(Stream.Null, new Lock()),
            failure => throw failure,
            thread =>
            {
                if (threadsToBeHad-- <= 0)
                {
                    throw new OutOfMemoryException();
                }

                thread.Start();
            });

        int expected = threadsToBeHad * 3;
        for (int i = 0; i < 3; i++)
        {
            accepted += workers.TryPost(new WorkItem(new RequestHeader(CommandFlags.None, CommandType.Flush, 0, 0, 0), IsDone: false)) ? 1 : 0;
        }

        together.Set();
        workers.Dispose();
        Assert.Equal(expected, accepted);
        Assert.Equal(expected, executed);
        Assert.True(workers.IsIdle);
    }
}
