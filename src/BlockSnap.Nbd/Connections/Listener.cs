using System.Net;
using System.Net.Sockets;
using BlockSnap.Nbd.Handshake;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Nbd.Connections;

/// <summary>A listening socket and how its clients are treated.</summary>
internal sealed class Listener : IDisposable
{
    private const int Backlog = 128;

    /// <summary>
    /// Room for replies on their way over a Unix socket; the system may allow less. Its default holds a third of a long read, so that
    /// server and client keep waiting for each other. For TCP the system chooses by itself.
    /// </summary>
    private const int SendBufferBytes = 1 << 20;

    /// <summary>How long a server without free descriptors or memory waits for connections to end before it accepts again.</summary>
    private static readonly TimeSpan s_exhaustedPause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly UnixSocketFile? _file;

    private Listener(Socket socket, TlsPolicy tls, UnixSocketFile? file)
    {
        _socket = socket;
        _file = file;
        Tls = tls;
    }

    public TlsPolicy Tls { get; }

    /// <summary>Where it listens, with the port that the system chose.</summary>
    public EndPoint EndPoint => _file is null ? _socket.LocalEndPoint! : new UnixDomainSocketEndPoint(_file.FullName);

    /// <summary>Listens at an address.</summary>
    /// <exception cref="IOException">The address is taken.</exception>
    public static Listener Open(EndPoint endPoint, TlsPolicy tls)
    {
        try
        {
            using SafeFileHandle? alone = endPoint is UnixDomainSocketEndPoint unix ? UnixSocketFile.TryEnterDirectory(unix) : null;
            Listener listener = Bind(endPoint, tls);
            try
            {
                listener._socket.Listen(Backlog);
                return listener;
            }
            catch
            {
                listener.Dispose();
                throw;
            }
        }
        catch (SocketException e)
        {
            throw new IOException($"Cannot listen at {endPoint}: {e.Message}", e);
        }
    }

    /// <summary>Takes over a socket that listens already. Its file, if it has one, is not removed with it.</summary>
    public static Listener Adopt(Socket socket, TlsPolicy tls) => new(socket, tls, null);

    /// <summary>Waits for a client.</summary>
    /// <returns>Null when the listener was closed.</returns>
    public async Task<Socket?> AcceptAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                Socket client = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (TrySetUp(client))
                {
                    return client;
                }

                client.Dispose();
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                continue; // a client that left before it was accepted
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(s_exhaustedPause, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Closes the socket, and removes its file if the socket was bound here.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        _socket.Dispose();
    }

    private static Listener Bind(EndPoint endPoint, TlsPolicy tls)
    {
        if (endPoint is UnixDomainSocketEndPoint unix)
        {
            UnixSocketFile file = UnixSocketFile.Bind(unix, out Socket bound);
            return new Listener(bound, tls, file);
        }

        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return new Listener(socket, tls, file: null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // False when the client has left already: some systems say so only here.
    private static bool TrySetUp(Socket client)
    {
        try
        {
            if (client.AddressFamily == AddressFamily.Unix)
            {
                client.SendBufferSize = SendBufferBytes;
            }
            else
            {
                client.NoDelay = true;
                client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true); // a host that vanished is noticed in the end
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
