using System.Net.Sockets;
using BlockSnap.Nbd.Connections;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;

namespace BlockSnap.Nbd.Tests.Connections;

public sealed class ConnectionSetTests
{
    // A stop did not wait for those that had lost their place and were on their way out.
    [Fact]
    public async Task WhenEmpty_WaitsForAHandshakeThatWasDisplaced()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        var set = new ConnectionSet(countMax: 1);
        using var firstSocket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var secondSocket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Connection first = NewConnection(firstSocket);
        Connection second = NewConnection(secondSocket);
        Assert.True(set.TryAdd(first));
        Assert.True(set.TryAdd(second));
        Assert.Equal(1, set.Count);

        Task empty = set.WhenEmpty();
        set.Remove(second);
        Assert.False(empty.IsCompleted);
        set.Remove(first);
        Assert.True(empty.IsCompleted);

        Connection NewConnection(Socket socket) =>
            new(socket, new TlsPolicy(null, IsRequired: false), new ExportCatalog(pool, isReadOnly: false), new HeadClients(), new ReceivePolling(TimeProvider.System, TimeSpan.Zero), new NbdServerOptions(), set.Remove);
    }
}
