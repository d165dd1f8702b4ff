using System.Net.Sockets;
using BlockSnap.Nbd.Connections;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Connections;

public sealed class ReceivePollingTests : IDisposable
{
    private const string OneProcessor = "nobody looks where there is one processor";

    private readonly TempDirectory _directory = new();
    private readonly SteppingTime _time = new();
    private readonly ReceivePolling _polling;
    private readonly Socket _server;
    private readonly Socket _client;

    public ReceivePollingTests()
    {
        _polling = new ReceivePolling(_time, TimeSpan.FromMicroseconds(10));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directory["s"]));
        listener.Listen();
        _client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
    }

    [Fact]
    public void TryAwait_LooksAsLongAsItMay_AndSeesWhatComesMeanwhile()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, OneProcessor);
        Assert.False(_polling.TryAwait(_server, _polling.Start()));
        Assert.Equal(12, _time.Now);
        SendAt(17);
        Assert.True(_polling.TryAwait(_server, _polling.Start()));
        Assert.Equal(17, _time.Now);
    }

    [Fact]
    public void TryAwait_WhileOthersLook_LeavesTheProcessorToTheRest()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, OneProcessor);
        int looking = 0;
        int most = 0;
        void Look()
        {
            most = Math.Max(most, ++looking);
            Assert.False(_polling.TryAwait(_server, 0));
            looking--;
        }

        _time.Asked = _ => Look(); // while one looks, another comes
        Look();
        Assert.Equal((Environment.ProcessorCount / 2) + 1, most); // the last was turned away, or there would be no end
        _time.Asked = static _ => { };
        _client.Send([1]);
        Assert.True(_polling.TryAwait(_server, _time.Now)); // and all turns are free again
    }

    [Fact]
    public void TryAwait_WithoutTime_NeverLooks()
    {
        _client.Send([1]);
        Assert.False(new ReceivePolling(_time, TimeSpan.Zero).TryAwait(_server, 0));
    }

    [Fact]
    public void Stream_LooksOnlyAfterAShortWait()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, OneProcessor);
        using var stream = new BlockingSocketStream(_server, _polling);
        Receive(stream, asks: 2, sent: 1); // no reason to look yet; the wait begins at 1 and ends at 2, which is short
        SendAt(_time.Now + 5);
        Receive(stream, asks: 5);
        Receive(stream, asks: 1, sent: 1); // there at the first look
        SendAt(_time.Now + 12); // when it has given up
        Receive(stream, asks: 13);
        Receive(stream, asks: 2, sent: 1); // the last wait was long: no look
        Receive(stream, asks: 1, sent: 1);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _directory.Dispose();
    }

    private void SendAt(long time) => _time.Asked = now =>
    {
        if (now == time)
        {
            _client.Send([1]);
        }
    };

    private void Receive(BlockingSocketStream stream, int asks, int sent = 0)
    {
        _client.Send(new byte[sent]);
        long before = _time.Now;
        Assert.Equal(1, stream.Read(new byte[1]));
        Assert.Equal(asks, _time.Now - before);
    }
}
