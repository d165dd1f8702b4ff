using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// One client from accept to close, on a thread of its own: a handshake within a time limit, then a session. Whatever the client does
/// ends here and reaches no other connection.
/// </summary>
internal sealed class Connection
{
    // Deep enough for TLS and a walk over the map; only touched pages take memory.
    private const int StackBytes = 512 << 10;

    private readonly Socket _socket;
    private readonly TlsPolicy _tls;
    private readonly ExportCatalog _catalog;
    private readonly HeadClients _clients;
    private readonly ReceivePolling _polling;
    private readonly NbdServerOptions _options;
    private readonly Action<Connection> _ended;
    private readonly CancellationTokenSource _aborted = new();
    private volatile bool _transmits;

    public Connection(
        Socket socket,
        TlsPolicy tls,
        ExportCatalog catalog,
        HeadClients clients,
        ReceivePolling polling,
        NbdServerOptions options,
        Action<Connection> ended)
    {
        _socket = socket;
        _tls = tls;
        _catalog = catalog;
        _clients = clients;
        _polling = polling;
        _options = options;
        _ended = ended;
    }

    /// <summary>Whether the client has chosen an export.</summary>
    public bool Transmits => _transmits;

    /// <summary>Starts the connection's thread. Where the system has none left, the client is turned away and the server goes on.</summary>
    public void Start()
    {
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true, Name = "BlockSnap NBD connection" }.Start();
        }
        catch (OutOfMemoryException)
        {
            _socket.Dispose();
            _ended(this);
        }
    }

    /// <summary>Takes no more requests; those already received are answered. A handshake is broken off.</summary>
    public void Drain() => Shut(_transmits ? SocketShutdown.Receive : SocketShutdown.Both);

    /// <summary>Ends the connection now. Its thread notices, cleans up and says so.</summary>
    public void Abort()
    {
        _aborted.Cancel(); // or long work would run to its end, for nobody
        Shut(SocketShutdown.Both);
    }

    // Closing is left to the connection's thread: shutting down is what wakes it from a receive or a send.
    private void Shut(SocketShutdown how)
    {
        try
        {
            _socket.Shutdown(how);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }
    }

    private void Run()
    {
        try
        {
            using var stream = new BlockingSocketStream(_socket, _polling);
            if (Negotiate(stream) is { } negotiated)
            {
                Transmit(negotiated, stream);
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // The client sees its connection end; nobody else has to know.
        }
        catch (Exception e)
        {
            _options.Faults?.Report(e);
        }
        finally
        {
            _ended(this);
        }
    }

    private static bool IsEndOfConnection(Exception e) =>
        e is IOException or ProtocolException or ConnectionLostException or AuthenticationException or ObjectDisposedException;

    private Negotiated? Negotiate(Stream stream)
    {
        using ITimer limit = _options.TimeProvider.CreateTimer(
            static connection => ((Connection)connection!).Abort(), this, _options.HandshakeTime, Timeout.InfiniteTimeSpan);
        using var negotiation = new Negotiation(stream, _catalog, _tls, export => _clients.TryEnter(export, Abort), () => _transmits = true);

        // The stream blocks, so nothing of this continues in another thread.
        return negotiation.RunAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    private void Transmit(Negotiated negotiated, BlockingSocketStream line)
    {
        using (negotiated.Stream)
        using (negotiated) // by itself: where there is no memory for a session, its visit and its export end all the same
        using (var session = new Session(negotiated, _options.TimeProvider, () => line.HasInput, Fail, _aborted.Token))
        {
            session.Run();
            if (negotiated.Stream is SslStream secure)
            {
                secure.ShutdownAsync().GetAwaiter().GetResult(); // so that the client can tell this end from a connection that somebody cut
            }
        }
    }

    // Called when another thread of this connection cannot go on.
    private void Fail(Exception failure)
    {
        if (failure is not ConnectionLostException)
        {
            _options.Faults?.Report(failure);
        }

        Abort();
    }
}
