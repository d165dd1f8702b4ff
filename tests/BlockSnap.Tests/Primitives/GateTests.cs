using BlockSnap.Primitives;

namespace BlockSnap.Tests.Primitives;

public sealed class GateTests
{
    private readonly Gate _gate = new();

    [Fact]
    public void Enter_WhileACrowdOfWritersWaits_ComesFirst()
    {
        for (int round = 0; round < 20; round++)
        {
            var order = new List<string>();
            Thread[] writers;
            Thread snapshot;
            using (_gate.Enter())
            {
                snapshot = Start(() => { using (_gate.Enter()) { order.Add("snapshot"); } });
                SpinWait.SpinUntil(() => _gate.IsAwaited);
                writers = [.. Enumerable.Range(0, 4).Select(_ => Start(() => { using (_gate.EnterAfterOthers()) { order.Add("write"); } }))];
                SpinWait.SpinUntil(() => writers.All(writer => writer.ThreadState.HasFlag(ThreadState.WaitSleepJoin)));
            }

            snapshot.Join();
            Array.ForEach(writers, writer => writer.Join());
            Assert.Equal(["snapshot", "write", "write", "write", "write"], order);
        }
    }

    [Fact]
    public void Enter_HeldByTheSameThread_EntersAgainThoughOthersWait()
    {
        Thread other;
        using (_gate.Enter())
        {
            other = Start(() => { using (_gate.Enter()) { } });
            SpinWait.SpinUntil(() => _gate.IsAwaited);
            using (_gate.Enter())
            {
                using (_gate.EnterAfterOthers())
                {
                    Assert.True(_gate.IsAwaited);
                }
            }
        }

        other.Join();
        Assert.False(_gate.IsAwaited);
    }

    private static Thread Start(Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
