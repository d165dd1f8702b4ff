using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

/// <summary>Which thread waits for the device: see <see cref="BlockSnap.Nbd.Transmission.Session"/>.</summary>
public sealed class FlushPlacementTests
{
    private static readonly byte[] s_read = ScriptedSession.Request(CommandType.Read, length: 512);
    private static readonly byte[] s_flush = ScriptedSession.Request(CommandType.Flush);
    private static readonly byte[] s_durableWrite = ScriptedSession.Request(CommandType.Write, 0, 512, CommandFlags.Fua, new byte[512]);

    [Fact]
    public async Task Flush_OfAClientThatWaitsForEveryReply_StaysOnTheReceivingThread()
    {
        List<bool> inPlace = await PlaceAsync([.. Enumerable.Repeat(s_read, 40), s_flush, s_durableWrite, s_flush]);
        Assert.Equal([true, true, true], inPlace);
    }

    [Fact]
    public async Task Flush_OfAClientThatIsNotKnownYet_GoesToAnotherThread()
    {
        List<bool> inPlace = await PlaceAsync([s_read, s_flush, s_durableWrite]);
        Assert.Equal([false, false], inPlace);
    }

    [Fact]
    public async Task Flush_AfterFlushesThatOtherThreadsMade_StaysOnTheReceivingThreadInTheEnd()
    {
        List<bool> inPlace = await PlaceAsync([.. Enumerable.Repeat(s_flush, 40)]);
        Assert.Equal([.. Enumerable.Repeat(false, 31), .. Enumerable.Repeat(true, 9)], inPlace);
    }

    [Fact]
    public async Task Flush_WithARequestBehindIt_GoesToAnotherThread_AndSoDoTheNext()
    {
        List<bool> inPlace = await PlaceAsync([.. Enumerable.Repeat(s_read, 40), [.. s_flush, .. s_read], s_read, s_flush]);
        Assert.Equal([false, false], inPlace);
    }

    [Fact]
    public async Task Flush_ThatKeptARequestWaiting_IsTheLastInPlace()
    {
        List<bool> inPlace = await PlaceAsync([.. Enumerable.Repeat(s_read, 40), s_flush, s_flush], inputWaits: true);
        Assert.Equal([true, false], inPlace);
    }

    // Whether each flush was made by the thread that receives. The script goes on when what was handed over is answered, as the client does.
    private static async Task<List<bool>> PlaceAsync(byte[][] script, bool inputWaits = false)
    {
        await using ServingPool served = await ServingPool.StartAsync();
        int receiving = 0;
        var inPlace = new List<bool>();
        int requests = 0;
        int replies = 0;
        var queue = new Queue<byte[]>(script);
        using var answered = new SemaphoreSlim(0);
        ReadOnlyMemory<byte> Next()
        {
            for (; replies < requests; replies++)
            {
                Assert.True(answered.Wait(TimeSpan.FromMinutes(2)));
            }

            if (!queue.TryDequeue(out byte[]? bytes))
            {
                return default;
            }

            requests += bytes.Length == s_flush.Length + s_read.Length ? 2 : 1;
            return bytes;
        }

        void Sent(ReadOnlyMemory<byte> bytes)
        {
            for (int at = 0; at < bytes.Length; at += ReplyBytes(bytes.Span[at..]))
            {
                answered.Release();
            }
        }

        void Flushed()
        {
            lock (inPlace)
            {
                inPlace.Add(Environment.CurrentManagedThreadId == receiving);
            }
        }

        receiving = Environment.CurrentManagedThreadId;
        ScriptedSession.Run(served.Pool, Next, () => inputWaits, Flushed, Sent);
        return inPlace;
    }

    // A simple reply, or the one hole chunk that a read of nothing is.
    private static int ReplyBytes(ReadOnlySpan<byte> reply) => reply[0] == 0x67 ? 16 : 32;
}
