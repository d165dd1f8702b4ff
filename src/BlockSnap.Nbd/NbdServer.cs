using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd.Connections;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;

namespace BlockSnap.Nbd;

/// <summary>
/// Serves the disks and snapshots of a pool over the NBD protocol (fixed newstyle; NetworkBlockDevice project, doc/proto.md): each disk by
/// its name, each snapshot as DISK@SNAPSHOT, read-only; the empty name stands for the only disk of a pool that has just one. The pool
/// remains the caller's, who can use it meanwhile: snapshots taken while clients write are crash-consistent. Thread-safe.
/// </summary>
public sealed class NbdServer : IAsyncDisposable
{
    private readonly DiskPool _pool;
    private readonly NbdServerOptions _options;
    private readonly ExportCatalog _catalog;
    private readonly HeadClients _clients = new();
    private readonly ConnectionSet _connections;
    private readonly ReceivePolling _polling;
    private readonly List<Listener> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _stopLock = new();
    private Task _accepting = Task.CompletedTask;
    private Task? _stop;

    private NbdServer(DiskPool pool, NbdServerOptions options)
    {
        _pool = pool;
        _options = options;
        _catalog = new ExportCatalog(pool, options.ReadOnly);
        _connections = new ConnectionSet(options.ConnectionCountMax);
        _polling = new ReceivePolling(options.TimeProvider, options.PollTime);
        Completion = Task.CompletedTask;
    }

    /// <summary>Where it listens, in the order of the options; a port 0 is replaced by the one that the system chose.</summary>
    public IReadOnlyList<EndPoint> EndPoints { get; private set; } = [];

    /// <summary>Connections at present, those in their handshake included.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Completes when the server was stopped, and fails when it cannot accept clients any more at any one of its addresses.</summary>
    public Task Completion { get; private set; }

    /// <summary>Starts to serve; clients can connect when it returns.</summary>
    /// <exception cref="ArgumentException">The options do not fit together, or would serve other hosts without TLS.</exception>
    /// <exception cref="IOException">It cannot listen at an address.</exception>
    public static NbdServer Start(DiskPool pool, NbdServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var server = new NbdServer(pool, options);
        server.Listen();
        return server;
    }

    /// <summary>
    /// Keeps clients off a disk while its whole content is replaced, as a rollback does: connections to it are refused until the result
    /// is disposed. Connections to its snapshots go on.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="disconnect">Whether to disconnect clients that use it. What they sent may go unanswered, as when a cable is pulled.</param>
    /// <param name="cancellationToken">Ends the wait for clients to be gone.</param>
    /// <exception cref="ConflictException">Clients use the disk, and <paramref name="disconnect"/> is false.</exception>
    /// <exception cref="DiskNotFoundException">There is no such disk.</exception>
    public Task<IDisposable> ReserveAsync(DiskId disk, bool disconnect = false, CancellationToken cancellationToken = default)
    {
        DiskInfo known = _pool.ListDisks(includeReleased: true).FirstOrDefault(each => each.Id == disk)
            ?? throw new DiskNotFoundException(disk.ToString());
        return _clients.ReserveAsync(disk, known.Name, disconnect, cancellationToken);
    }

    /// <summary>
    /// Stops: accepts no more clients, answers the requests that were received, and flushes the pool. Connections that are not done
    /// within <see cref="NbdServerOptions.DrainTime"/> are ended.
    /// </summary>
    /// <exception cref="PoolFaultedException">The flush failed.</exception>
    public Task StopAsync()
    {
        lock (_stopLock)
        {
            return _stop ??= StopOnceAsync();
        }
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listeners.ForEach(listener => listener.Dispose());
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // told by Completion
        _connections.ForEach(connection => connection.Drain());
        try
        {
            await _connections.WhenEmpty().WaitAsync(_options.DrainTime, _options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _connections.ForEach(connection => connection.Abort());
            await _connections.WhenEmpty().ConfigureAwait(false);
        }

        await _pool.FlushAsync().ConfigureAwait(false);
    }

    private void Listen()
    {
        try
        {
            foreach (EndPoint endPoint in _options.EndPoints)
            {
                _listeners.Add(Listener.Open(endPoint, TlsFor(endPoint)));
            }

            foreach (Socket socket in _options.ListeningSockets)
            {
                _listeners.Add(Listener.Adopt(socket, TlsFor(socket.LocalEndPoint!)));
            }
        }
        catch
        {
            _listeners.ForEach(listener => listener.Dispose());
            throw;
        }

        EndPoints = [.. _listeners.Select(listener => listener.EndPoint)];
        Task[] accepting = [.. _listeners.Select(listener => Task.Run(() => AcceptAsync(listener)))];
        _accepting = Task.WhenAll(accepting);
        Completion = EndOfAsync(accepting);
    }

    // Fails at the first failure: whoever connects to that address would wait for ever.
    private static async Task EndOfAsync(Task[] accepting)
    {
        await foreach (Task ended in Task.WhenEach(accepting).ConfigureAwait(false))
        {
            await ended.ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync(Listener listener)
    {
        while (await listener.AcceptAsync(_options.TimeProvider, _stopping.Token).ConfigureAwait(false) is { } socket)
        {
            var connection = new Connection(socket, listener.Tls, _catalog, _clients, _polling, _options, _connections.Remove);
            if (_connections.TryAdd(connection))
            {
                connection.Start();
            }
            else
            {
                socket.Dispose();
            }
        }
    }

    private TlsPolicy TlsFor(EndPoint endPoint)
    {
        if (_options.Certificate is null)
        {
            return new TlsPolicy(null, IsRequired: false);
        }

        var tls = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(_options.Certificate, _options.CertificateChain, offline: true),
        };
        if (_options.ClientAuthorities is { } authorities)
        {
            tls.ClientCertificateRequired = true;
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return new TlsPolicy(tls, IsRequired: _options.NeedsTls(endPoint));
    }
}
