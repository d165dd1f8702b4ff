using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

/// <summary>What a request that waits for the device means for those behind it.</summary>
public sealed class OverlapTests
{
    /// <summary>Waited in full only by a server that is wrong.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static readonly byte[] s_read = ScriptedSession.Request(CommandType.Read, length: 512);
    private static readonly byte[] s_flush = ScriptedSession.Request(CommandType.Flush);

    [Fact]
    public async Task Read_BehindAFlushThatTakesLong_IsAnsweredBeforeIt()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        var script = new Queue<byte[]>([s_flush, s_read]);
        using var readAnswered = new ManualResetEventSlim();
        bool overtaken = false;
        ScriptedSession.Run(
            served.Pool,
            () => script.TryDequeue(out byte[]? bytes) ? bytes : default,
            flushed: () => overtaken = readAnswered.Wait(s_limit),
            sent: _ => readAnswered.Set());
        Assert.True(overtaken);
    }

    [Fact]
    public async Task Requests_ThatWaitForTheDevice_AreAtMostTwenty_AndThenTheClientIsHeldBack()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        int receiving = Environment.CurrentManagedThreadId;
        int taken = 0;
        int takenWhenFull = 0;
        using var full = new ManualResetEventSlim();
        ScriptedSession.Run(
            served.Pool,
            () => taken++ < 200 ? s_flush : default,
            flushed: () =>
            {
                if (Environment.CurrentManagedThreadId != receiving)
                {
                    full.Wait(s_limit);
                }
                else if (!full.IsSet)
                {
                    takenWhenFull = taken; // it waits too now, and takes no more
                }

                full.Set();
            });
        Assert.InRange(takenWhenFull, 17, 21);
    }
}
