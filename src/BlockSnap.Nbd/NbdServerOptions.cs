using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace BlockSnap.Nbd;

/// <summary>How a server serves. The options are checked when it starts. Immutable.</summary>
public sealed class NbdServerOptions
{
    /// <summary>The most that <see cref="ConnectionCountMax"/> can be.</summary>
    public const int ConnectionCountLimit = 10_000;

    /// <summary>The most that <see cref="PollTime"/> can be, in microseconds.</summary>
    public const int PollMicrosecondsMax = 1_000;

    // Far less than the 49 days at which timers end.
    private static readonly TimeSpan s_waitMax = TimeSpan.FromDays(1);

    /// <summary>
    /// Where to listen: <see cref="UnixDomainSocketEndPoint"/> and <see cref="IPEndPoint"/>, any number. A Unix socket's file gets mode 0600.
    /// </summary>
    public IReadOnlyList<EndPoint> EndPoints { get; init; } = [];

    /// <summary>Sockets that listen already, as systemd passes them; see <see cref="SocketActivation"/>. The server closes them.</summary>
    public IReadOnlyList<Socket> ListeningSockets { get; init; } = [];

    /// <summary>Whether disks are served for reading only. Snapshots always are. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The certificate, with its private key, for clients that ask for TLS. Default none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The certificates between <see cref="Certificate"/> and the authority that clients trust; sent with it. Default none.</summary>
    public X509Certificate2Collection? CertificateChain { get; init; }

    /// <summary>
    /// When given, clients must show a certificate signed by one of these wherever they use TLS, which they then must at every TCP
    /// address, unless <see cref="AllowPlaintext"/> is set. Default none.
    /// </summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    /// <summary>
    /// Whether addresses that other hosts can reach may be served without TLS. Default false: they need a <see cref="Certificate"/>, and
    /// clients that do not use TLS are refused. Unix sockets never need TLS, loopback addresses only with <see cref="ClientAuthorities"/>.
    /// </summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>The most connections at a time, 1 to <see cref="ConnectionCountLimit"/>; each has a thread. Default 128.</summary>
    public int ConnectionCountMax { get; init; } = 128;

    /// <summary>How long a client may take to choose an export. More than zero, at most a day. Default 10 s.</summary>
    public TimeSpan HandshakeTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stop waits until the requests received before it are answered. Zero to a day. Default 10 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection whose client sends one request after the other polls for the next before its thread sleeps. That halves the
    /// time of such a request and takes only processor time that nobody else wants. Zero to 1 ms; zero for never. Default 60 us.
    /// </summary>
    public TimeSpan PollTime { get; init; } = TimeSpan.FromMicroseconds(60);

    /// <summary>
    /// Told when an error of the server's own, not of a client or a disk, ended a connection. Called from any thread. Default nobody.
    /// </summary>
    public IProgress<Exception>? Faults { get; init; }

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Check()
    {
        if (EndPoints.Count + ListeningSockets.Count == 0)
        {
            throw new ArgumentException("A server needs an end point or a listening socket.");
        }

        if (ListeningSockets.FirstOrDefault(socket => !Listens(socket)) is { } idle)
        {
            throw new ArgumentException($"The socket at {idle.LocalEndPoint} does not listen.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(ConnectionCountMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ConnectionCountMax, ConnectionCountLimit);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(HandshakeTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(HandshakeTime, s_waitMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(DrainTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DrainTime, s_waitMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(PollTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PollTime, TimeSpan.FromMicroseconds(PollMicrosecondsMax));
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (Certificate is { HasPrivateKey: false })
        {
            throw new ArgumentException("The server's certificate has no private key.");
        }

        if ((ClientAuthorities ?? CertificateChain) is not null && Certificate is null)
        {
            throw new ArgumentException("Client certificates and a chain need TLS, and TLS needs a certificate of the server.");
        }

        EndPoint? open = EndPoints.Concat(ListeningSockets.Select(socket => socket.LocalEndPoint!)).FirstOrDefault(IsReachable);
        if (open is not null && Certificate is null && !AllowPlaintext)
        {
            throw new ArgumentException($"{open} can be reached by other hosts: give a certificate for TLS, or allow plain text.");
        }
    }

    /// <summary>Whether clients that connect without TLS are refused. Thread-safe.</summary>
    /// <param name="endPoint">The address at which they connect.</param>
    public bool NeedsTls(EndPoint endPoint) =>
        !AllowPlaintext && (IsReachable(endPoint) || (ClientAuthorities is not null && endPoint is IPEndPoint));

    private static bool Listens(Socket socket) => (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection)! != 0;

    // Whether other hosts can connect.
    private static bool IsReachable(EndPoint endPoint) => endPoint is IPEndPoint ip && !IPAddress.IsLoopback(ip.Address);
}
