using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests;

public sealed class ServerTests
{
    [Fact]
    public async Task Start_AtAnAddressOthersCanReach_NeedsTls()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        var open = new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Any, 0)] };
        Assert.Throws<ArgumentException>(() => NbdServer.Start(served.Pool, open));
        await using NbdServer allowed = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = open.EndPoints, AllowPlaintext = true });
        Assert.Throws<ArgumentException>(() => NbdServer.Start(served.Pool, new NbdServerOptions()));
    }

    // No timer counts so far: every client was disconnected, and a stop failed before it flushed.
    [Fact]
    public async Task Start_WithTimesThatNobodyWaitsFor_IsRefused()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        EndPoint[] endPoints = [new IPEndPoint(IPAddress.Loopback, 0)];
        Assert.Throws<ArgumentOutOfRangeException>(() => NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = endPoints, HandshakeTime = TimeSpan.MaxValue }));
        Assert.Throws<ArgumentOutOfRangeException>(() => NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = endPoints, DrainTime = TimeSpan.MaxValue }));
    }

    [Fact]
    public async Task Tls_IsSpokenAfterStartTls_AndRequiredWhereOthersCanReach()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 certificate = SelfSigned();
        var options = new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Any, 0)], Certificate = certificate };
        await using NbdServer server = NbdServer.Start(served.Pool, options);
        var address = new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)server.EndPoints[0]).Port);
        using (NbdClient plain = served.Connect(address))
        {
            plain.Greet();
            Assert.Equal(OptionReplyType.ErrorTlsRequired, plain.Ask(OptionCode.List)[0].Type);
            Assert.Equal(OptionReplyType.ErrorTlsRequired, plain.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[0].Type);
            plain.SendOption(OptionCode.ExportName, "disk"u8.ToArray());
            Assert.True(plain.IsEnded());
        }

        using NbdClient client = served.Connect(address);
        client.Greet();
        client.StartTls(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.GetCertHashString() == certificate.GetCertHashString() });
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[^1].Type);
        byte[] data = RandomNumberGenerator.GetBytes(300_000);
        Assert.Equal(NbdError.None, client.Do(CommandType.Write, 1000, 300_000, CommandFlags.Fua, data).Error);
        Assert.Equal(data, client.Do(CommandType.Read, 1000, 300_000).Data);
    }

    [Fact]
    public async Task Tls_IsRequiredAtLoopbackToo_WhereClientsNeedCertificates()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 certificate = SelfSigned();
        var options = new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], Certificate = certificate, ClientAuthorities = [certificate] };
        await using NbdServer server = NbdServer.Start(served.Pool, options);
        using NbdClient plain = served.Connect(server.EndPoints[0]);
        plain.Greet();
        Assert.Equal(OptionReplyType.ErrorTlsRequired, plain.Ask(OptionCode.List)[0].Type);
    }

    [Fact]
    public async Task Tls_OfAClientThatLeaves_IsEndedByAnAlert()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 certificate = SelfSigned();
        await using NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], Certificate = certificate });
        using NbdClient client = served.Connect(server.EndPoints[0]);
        client.Greet();
        client.StartTls(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = SslProtocols.Tls12, RemoteCertificateValidationCallback = (_, _, _, _) => true });
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[^1].Type);
        client.SendRequest(CommandType.Disconnect, 1, 0, 0);

        const byte Alert = 21; // the type of a record; of TLS 1.3 it could not be seen
        byte[] record = new byte[256];
        Assert.InRange(client.Socket.Receive(record), 1, record.Length);
        Assert.Equal(Alert, record[0]);
        Assert.Equal(0, client.Socket.Receive(record));
    }

    // What was agreed upon in clear may have been forged.
    [Fact]
    public async Task StartTls_BehindOtherOptions_ForgetsWhatWasAgreedUpon()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 certificate = SelfSigned();
        await using NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], Certificate = certificate });
        using NbdClient client = served.Connect(server.EndPoints[0]);
        client.Greet();
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.StructuredReply)[0].Type);
        byte[] query = [.. NbdClient.Text("disk"), .. NbdClient.Big(1u), .. NbdClient.Text("base:allocation")];
        Assert.Equal(OptionReplyType.MetaContext, client.Ask(OptionCode.SetMetaContext, query)[0].Type);
        client.StartTls(new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true });

        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.StructuredReply)[0].Type); // nothing was agreed upon yet
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[^1].Type);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.BlockStatus, 0, 512).Error);
    }

    [Fact]
    public async Task StartTls_WithBytesInClearBehindIt_EndsTheConnection()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 certificate = SelfSigned();
        await using NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], Certificate = certificate });
        using NbdClient client = served.Connect(server.EndPoints[0]);
        client.Greet();
        client.Send([.. NbdClient.Big(Magic.Option), 0, 0, 0, 5, 0, 0, 0, 0, .. NbdClient.Big(Magic.Option), 0, 0, 0, 3, 0, 0, 0, 0]);
        client.ReceiveOptionReply(OptionCode.StartTls);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task Export_OfAPoolThatIsOnlyRead_SaysSo()
    {
        // It was announced as one to write to, and every write failed.
        await using ServingPool served = await ServingPool.StartAsync(pool: new DiskPoolOptions { ReadOnly = true });
        using NbdClient client = served.Connect();
        client.Greet();
        byte[] info = client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[0].Data;
        Assert.True(((TransmissionFlags)BinaryPrimitives.ReadUInt16BigEndian(info.AsSpan(10))).HasFlag(TransmissionFlags.ReadOnly));
        Assert.Equal(NbdError.None, client.Do(CommandType.Read, 0, 512).Error);
    }

    [Fact]
    public async Task Reserve_WhileClientsUseTheDisk_IsRefused_OrDisconnectsThem()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("one");
        using NbdClient user = served.Connect().Go();
        using NbdClient reader = served.Connect().Go("disk@one");
        await Assert.ThrowsAsync<ConflictException>(() => served.Server.ReserveAsync(disk.Id));
        Assert.Equal(["an NBD client"], served.Pool.UsersOf("disk"));
        Assert.Equal([RollbackObstacle.DiskInUse], disk.Chain.CanRollback("one").Obstacles);
        await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.RollbackAsync("one")); // also by who knows nothing of the server

        using (await served.Server.ReserveAsync(disk.Id, disconnect: true))
        {
            Assert.True(user.IsEnded());
            Assert.Empty(served.Pool.UsersOf("disk"));
            using NbdClient kept = served.Connect();
            kept.Greet();
            Assert.Equal(OptionReplyType.ErrorPolicy, kept.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[0].Type);
            await disk.Chain.RollbackAsync("one");
        }

        using NbdClient again = served.Connect().Go();
        Assert.Equal(NbdError.None, again.Do(CommandType.Read, 0, 512).Error);
        Assert.Equal(NbdError.None, reader.Do(CommandType.Read, 0, 512).Error);
    }

    // The disk was in use by nobody for as long as the server ran: it could be neither rolled back nor deleted.
    [Fact]
    public async Task Connection_ThatGetsNoSession_LeavesTheDisk()
    {
        var time = new FailingTime();
        await using ServingPool served = await ServingPool.StartAsync(change: options => new NbdServerOptions { EndPoints = options.EndPoints, TimeProvider = time });
        time.Fails = true;
        using NbdClient client = served.Connect().Go();

        Assert.True(client.IsEnded());

        Assert.Empty(served.Pool.UsersOf("disk"));
    }

    // The refusal named another disk, which has the identity of this one for its name.
    [Fact]
    public async Task Reserve_NamesTheVeryDisk_AndKnowsNoneThatIsGone()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await using IDisk other = await served.Pool.CreateDiskAsync(disk.Id.ToString(), 4096);
        using (served.Connect().Go())
        {
            ConflictException conflict = await Assert.ThrowsAsync<ConflictException>(() => served.Server.ReserveAsync(disk.Id));
            Assert.Contains("'disk'", conflict.Message);
        }

        await served.Pool.DeleteDiskAsync("disk");
        await served.Pool.DeleteDiskAsync(other.Name);
        await Assert.ThrowsAsync<DiskNotFoundException>(() => served.Server.ReserveAsync(disk.Id));
    }

    [Fact]
    public async Task Stop_AnswersWhatCame_AndFlushes()
    {
        ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect().Go();
        byte[] data = new byte[65_536];
        for (ulong i = 0; i < 20; i++)
        {
            client.SendRequest(CommandType.Write, i, 0, 65_536, data: data);
        }

        Task stop = served.Server.StopAsync();
        for (ulong i = 0; i < 20; i++)
        {
            Assert.Equal(NbdError.None, client.ReceiveReply().Error);
        }

        Assert.True(client.IsEnded());
        await stop;
        Assert.False(File.Exists(served.Socket));
        await served.DisposeAsync();
    }

    [Fact]
    public async Task Stop_WithAClientThatNeverReads_EndsItAfterTheDrainTime()
    {
        var time = TimeSpan.FromMilliseconds(50);
        await using ServingPool served = await ServingPool.StartAsync(size: 64 << 20, change: o => new NbdServerOptions { EndPoints = o.EndPoints, DrainTime = time, Faults = o.Faults });
        using NbdClient deaf = served.Connect().Go(structured: false);
        deaf.SendRequest(CommandType.Read, 1, 0, 32 << 20);
        await served.Server.StopAsync();
        Assert.Equal(0, served.Server.ConnectionCount);
    }

    [Fact]
    public async Task Stop_WhenTheSocketsDirectoryIsGone_StillAnswersAndFlushes()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        string directory = Directory.CreateDirectory(served.File("short-lived")).FullName;
        var endPoint = new UnixDomainSocketEndPoint(Path.Join(directory, "s"));
        NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [endPoint] });
        using NbdClient client = served.Connect(endPoint).Go();
        Directory.Delete(directory, recursive: true);
        await server.StopAsync();
        Assert.True(client.IsEnded());
        Assert.Equal(0, server.ConnectionCount);
    }

    [Fact]
    public async Task Completion_WhenOneOfTwoListenersFails_Fails()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using var broken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        broken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        broken.Listen();
        await using NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)], ListeningSockets = [broken] });
        broken.Shutdown(SocketShutdown.Both);
        await Assert.ThrowsAsync<SocketException>(() => server.Completion.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Start_WithASocketThatDoesNotListen_IsRefused()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Throws<ArgumentException>(() => NbdServer.Start(served.Pool, new NbdServerOptions { ListeningSockets = [bound] }));
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_TakeThePlaceOfIdleHandshakes_NeverOfClients()
    {
        await using ServingPool served = await ServingPool.StartAsync(change: o => new NbdServerOptions { EndPoints = o.EndPoints, ConnectionCountMax = 2, Faults = o.Faults });
        using NbdClient first = served.Connect().Go();
        using NbdClient idle = served.Connect();
        idle.Greet();
        using NbdClient second = served.Connect().Go();
        Assert.True(idle.IsEnded());
        using NbdClient third = served.Connect();
        Assert.True(third.IsEnded());
        Assert.Equal(NbdError.None, first.Do(CommandType.Read, 0, 512).Error);
        Assert.Equal(NbdError.None, second.Do(CommandType.Read, 0, 512).Error);
    }

    [Fact]
    public async Task Handshake_ThatTakesTooLong_IsEnded()
    {
        await using ServingPool served = await ServingPool.StartAsync(change: o => new NbdServerOptions { EndPoints = o.EndPoints, HandshakeTime = TimeSpan.FromMilliseconds(30), Faults = o.Faults });
        using NbdClient slow = served.Connect();
        Assert.True(slow.IsEnded()); // however late this thread comes to look
    }

    [Fact]
    public async Task UnixSocket_IsTheOwnersAlone_TakenOverFromTheDead_AndNeverAFile()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(served.Socket));
        }

        Assert.Throws<IOException>(() => NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [served.EndPoint] })); // it lives

        string file = served.File("precious");
        await File.WriteAllTextAsync(file, "data");
        Assert.Throws<IOException>(() => NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [new UnixDomainSocketEndPoint(file)] }));
        Assert.Equal("data", await File.ReadAllTextAsync(file));

        var dead = new UnixDomainSocketEndPoint(served.File("dead"));
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, 0))
        {
            socket.Bind(dead); // bound and not listening: what is left of a killed server
            await using NbdServer server = NbdServer.Start(served.Pool, new NbdServerOptions { EndPoints = [dead] });
            using NbdClient client = served.Connect(dead).Go();
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    // A session asks for its frequency; nothing before it does, once the server runs.
    private sealed class FailingTime : TimeProvider
    {
        public bool Fails { get; set; }

        public override long TimestampFrequency => Fails ? throw new InvalidOperationException("planned") : base.TimestampFrequency;
    }
}
