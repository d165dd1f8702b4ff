using BlockSnap.Log;

namespace BlockSnap.Tests.Log;

public sealed class SegmentFileTests
{
    // It was taken for idle between the two, its handle was closed under the flush, and the pool stopped.
    [Fact]
    public void IsIdle_WhileAFlushTakesOverWhatWaits_IsNeverTrue()
    {
        const int Flushes = 2_000_000;
        var file = new SegmentFile(1) { Unsynced = true };
        var gate = new Lock();
        bool isDone = false;
        int idle = 0;
        var looker = new Thread(() =>
        {
            while (!Volatile.Read(ref isDone))
            {
                lock (gate)
                {
                    idle += file.IsIdle ? 1 : 0;
                }
            }
        });
        looker.Start();
        for (int flush = 0; flush < Flushes; flush++)
        {
            file.AddPin();
            file.Unsynced = false;
            lock (gate)
            {
                file.Unsynced = true; // the next write
                file.Unpin();
            }
        }

        Volatile.Write(ref isDone, true);
        looker.Join();
        Assert.Equal(0, idle);
    }
}
