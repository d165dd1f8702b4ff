using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

[Collection(AloneCollection.Name)]
public sealed class AllocationTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;
    private const int Rounds = 4000;

    private static readonly byte[] s_data = [.. Enumerable.Repeat((byte)5, 4096)];

    // One round: requests that came together, and some that came alone.
    private static readonly ReadOnlyMemory<byte>[] s_round =
    [
        (byte[])[.. Write(8192), .. Read(4096), .. Read(0), .. Write(4096)],
        Write(65_536),
        Read(65_536),
        ScriptedSession.Request(CommandType.WriteZeroes, 65_536, 4096),
        ScriptedSession.Request(CommandType.Trim, 4096, 4096),
    ];

    [Fact]
    public async Task Steadily_NotOneByteIsAllocatedByTheReceivingThread()
    {
        using var directory = new TempDirectory();
        await using DiskPool pool = await DiskPool.CreateAsync(directory["pool"], new DiskPoolOptions { SegmentBytes = 256 * MiB });
        await using (await pool.CreateDiskAsync("disk", 4 * MiB))
        {
        }

        // Now and then a write begins a segment, or a queue of the pool grows: the least of several stretches is the requests' own.
        long stretch = Rounds / 8 * s_round.Length;
        long least = long.MaxValue;
        long before = 0;
        long step = 0;
        ScriptedSession.Run(pool, () =>
        {
            if (step % stretch == 0)
            {
                long now = GC.GetAllocatedBytesForCurrentThread();
                least = step == 0 ? least : Math.Min(least, now - before);
                before = now;
            }

            return step == Rounds * s_round.Length ? default : s_round[step++ % s_round.Length];
        });
        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Steadily_ASocketAddsNothing()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 4 * MiB);
        using NbdClient client = served.Connect().Go();
        byte[] read = Read(4096);
        byte[] flush = ScriptedSession.Request(CommandType.Flush);
        byte[] reply = new byte[28 + 4096 + 16];
        client.Do(CommandType.Write, 4096, 4096, data: s_data);
        long bytes = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            // Other threads of this process allocate too: the least of several tries is the requests' own. Sent together, the flush goes
            // to another thread, which is counted here as well.
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Rounds; i++)
            {
                client.Socket.Send(flush);
                client.Socket.Send(read);
                for (int left = reply.Length; left > 0;)
                {
                    left -= client.Socket.Receive(reply.AsSpan(0, left));
                }
            }

            bytes = Math.Min(bytes, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        output.WriteLine($"{bytes} bytes for {2 * Rounds} requests");
        Assert.True(bytes < Rounds, $"{bytes} bytes for {2 * Rounds} requests");
    }

    private static byte[] Read(long offset) => ScriptedSession.Request(CommandType.Read, offset, 4096);

    private static byte[] Write(long offset) => ScriptedSession.Request(CommandType.Write, offset, 4096, data: s_data);
}
