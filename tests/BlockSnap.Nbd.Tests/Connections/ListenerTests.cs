using System.Net.Sockets;
using BlockSnap.Nbd.Connections;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Connections;

public sealed class ListenerTests : IDisposable
{
    private static readonly TlsPolicy s_plain = new(null, IsRequired: false);

    private readonly TempDirectory _directory = new();
    private readonly string _path;
    private readonly UnixDomainSocketEndPoint _endPoint;

    public ListenerTests()
    {
        _path = _directory["s"];
        _endPoint = new UnixDomainSocketEndPoint(_path);
    }

    // It was opened to see whether it is a file, which waited for whoever might write to it.
    [Fact]
    public async Task Open_WhereAFifoLies_IsRefusedAtOnce()
    {
        OutsideProgram.SkipUnlessPresent("coreutils", "mkfifo");
        await OutsideProgram.RunToSuccessAsync("mkfifo", _path);
        Task open = Task.Run(() => Listener.Open(_endPoint, s_plain).Dispose(), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => open.WaitAsync(TimeSpan.FromMilliseconds(NbdClient.LimitMilliseconds), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(_path));
    }

    // What could not be opened was taken for a socket, and what refused a connection for one of a dead server.
    [Fact]
    public void Open_WhereAFileLiesThatIsLocked_LeavesIt()
    {
        using (new FileStream(_path, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            Assert.Throws<IOException>(() => Listener.Open(_endPoint, s_plain));
        }

        Assert.True(File.Exists(_path));
    }

    [Fact]
    public void Open_WhereALinkLies_LeavesIt()
    {
        string dead = _directory["dead"];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(dead));
        File.CreateSymbolicLink(_path, dead);
        Assert.Throws<IOException>(() => Listener.Open(_endPoint, s_plain));
        Assert.Equal(dead, new FileInfo(_path).LinkTarget);
    }

    [Fact]
    public void Dispose_RemovesItsFile()
    {
        Listener.Open(_endPoint, s_plain).Dispose();
        Assert.False(File.Exists(_path));
    }

    // Whoever serves there now could not be reached any more.
    [Fact]
    public void Dispose_WhenAnotherServerTookThePathOver_LeavesThatOnesFile()
    {
        Listener before = Listener.Open(_endPoint, s_plain);
        File.Delete(_path);
        using Listener after = Listener.Open(_endPoint, s_plain);
        before.Dispose();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(_endPoint);
    }

    // One removed the other's new socket, which it took for the dead one: that server ran on where nobody could reach it.
    [Fact]
    public async Task Open_ByTwoAtOnceWhereADeadSocketLies_LeavesOneThatIsReached()
    {
        for (int round = 0; round < 200; round++)
        {
            LeaveDead();
            using var start = new Barrier(2);
            Listener?[] opened = await Task.WhenAll(Task.Run(() => TryOpen(start)), Task.Run(() => TryOpen(start)));

            using Listener only = Assert.Single(opened.OfType<Listener>());
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            client.Connect(_endPoint);
        }
    }

    // The framework removes the file with the socket that bound it, if it is still where it was.
    private void LeaveDead()
    {
        string dead = _directory["dead"];
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(dead));
        File.Move(dead, _path);
    }

    private Listener? TryOpen(Barrier start)
    {
        start.SignalAndWait();
        try
        {
            return Listener.Open(_endPoint, s_plain);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _directory.Dispose();
}
