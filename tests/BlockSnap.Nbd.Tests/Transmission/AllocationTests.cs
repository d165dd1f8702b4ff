using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

[Collection(AloneCollection.Name)]
public sealed class AllocationTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Steadily_NothingIsAllocatedForARequest()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 4 * MiB);
        using NbdClient client = served.Connect().Go();
        byte[] write = [.. NbdClient.Big(Magic.Request), 0, 0, 0, 1, .. NbdClient.Big(1UL), .. NbdClient.Big(4096UL), .. NbdClient.Big(4096u), .. Enumerable.Repeat((byte)5, 4096)];
        byte[] read = [.. NbdClient.Big(Magic.Request), 0, 0, 0, 0, .. NbdClient.Big(1UL), .. NbdClient.Big(4096UL), .. NbdClient.Big(4096u)];
        byte[] reply = new byte[16 + 28 + 4096];
        const int Rounds = 4000;
        long bytes = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            // The pool's own upkeep allocates in this process too: the least of several tries is the requests' own.
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Rounds; i++)
            {
                client.Socket.Send(write);
                client.Socket.Send(read);
                for (int left = reply.Length; left > 0;)
                {
                    left -= client.Socket.Receive(reply.AsSpan(0, left));
                }
            }

            bytes = Math.Min(bytes, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        output.WriteLine($"{bytes / (Rounds * 2.0)} bytes for a request");
        Assert.True(bytes < Rounds * 2 * 16, $"{bytes} bytes for {Rounds * 2} requests");
    }
}
