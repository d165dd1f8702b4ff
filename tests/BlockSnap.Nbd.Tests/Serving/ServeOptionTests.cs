using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Serving;

/// <summary>What <c>blocksnap serve</c> is told reaches the server.</summary>
public sealed class ServeOptionTests
{
    [Fact]
    public async Task ReadOnly_RefusesWrites_AndReads()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("1M", "--read-only");
        using NbdClient client = server.Connect().Go();

        Assert.Equal(NbdError.NotPermitted, client.Do(CommandType.Write, 0, 4096, data: new byte[4096]).Error);
        Assert.Equal(NbdError.None, client.Do(CommandType.Read, 0, 4096).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MappedReads_MapsTheFilesThatAreRead(bool mapped)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The system lists the mappings of a process on Linux only.");
        await using ServerProcess server = await ServerProcess.StartAsync("1M", mapped ? ["--mapped-reads"] : []);
        using NbdClient client = server.Connect().Go();
        byte[] data = [.. Enumerable.Range(1, 64 << 10).Select(number => (byte)(number | 1))];

        Assert.Equal(NbdError.None, client.Do(CommandType.Write, 0, (uint)data.Length, data: data).Error);
        Assert.Equal(NbdError.None, client.Do(CommandType.Flush, 0, 0).Error);
        Assert.Equal(data, client.Do(CommandType.Read, 0, (uint)data.Length).Data);
        Assert.Equal(mapped, File.ReadLines($"/proc/{server.Id}/maps").Any(line => line.Contains("/data-0", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("never", false)]
    [InlineData("Always", true)]
    public async Task PunchHoles_SaysWhetherWhatACompactionLeavesBecomesHoles(string? when, bool expectsHoles)
    {
        const int MiB = 1 << 20;
        await using ServerProcess server = await ServerProcess.StartAsync("48M", when is null ? [] : ["--punch-holes", when]);
        using NbdClient client = server.Connect().Go();
        byte[] data = [.. Enumerable.Range(1, MiB).Select(number => (byte)(number | 1))];
        for (ulong at = 0; at < 48 * MiB; at += MiB)
        {
            Assert.Equal(NbdError.None, client.Do(CommandType.Write, at, MiB, data: data).Error);
        }

        for (ulong at = 0; at < 12 * MiB; at += MiB)
        {
            Assert.Equal(NbdError.None, client.Do(CommandType.Write, at, 4096, data: new byte[4096]).Error); // too little to be worth a move
        }

        await server.RunAsync("compact", server.PoolPath);
        bool hasHoles = false;
        foreach (string file in Directory.EnumerateFiles(server.PoolPath, "data-*"))
        {
            hasHoles |= await TakenSpace.OfAsync(file) < new FileInfo(file).Length;
        }

        Assert.Equal(expectsHoles, hasHoles);
    }

    [Fact]
    public async Task Tls_WithCertificatesFromFiles_IsSpokenWithThoseWhomTheAuthoritySigned()
    {
        using var files = new TempDirectory();
        using X509Certificate2 authority = Certificates.Authority("CN=authority");
        using X509Certificate2 stranger = Certificates.Authority("CN=stranger");
        using X509Certificate2 own = Certificates.Signed(authority, "CN=localhost", "localhost");
        using X509Certificate2 right = Certificates.Signed(authority, "CN=client", null);
        using X509Certificate2 wrong = Certificates.Signed(stranger, "CN=wrong", null);
        await File.WriteAllTextAsync(files["cert.pem"], own.ExportCertificatePem());
        await File.WriteAllTextAsync(files["key.pem"], Certificates.ExportKey(own));
        await File.WriteAllTextAsync(files["ca.pem"], authority.ExportCertificatePem());
        await using ServerProcess server = await ServerProcess.StartAsync(
            "1M", "--tcp", "127.0.0.1:0", "--tls-certificate", files["cert.pem"], "--tls-key", files["key.pem"], "--tls-client-ca", files["ca.pem"]);
        var address = new IPEndPoint(IPAddress.Loopback, new Uri(server.Announcement[server.Announcement.IndexOf("nbds://", StringComparison.Ordinal)..]).Port);

        Assert.Equal(NbdError.None, Connect(address, own, right).Do(CommandType.Read, 0, 4096).Error);
        Assert.ThrowsAny<IOException>(() => Connect(address, own, wrong).Do(CommandType.Read, 0, 4096));
    }

    // These were errors of the program's own, which named no file and no descriptor, or none at all.
    [Fact]
    public async Task Mistakes_OfWhoeverStartsTheServer_AreNamed()
    {
        using var files = new TempDirectory();
        await File.WriteAllTextAsync(files["no.pem"], "nothing");
        await File.WriteAllTextAsync(files["bad.pem"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        await OutsideProgram.RunToSuccessAsync(ServerProcess.Command[0], ServerProcess.Command[1], "pool", "create", files["pool"]);
        string serve = $"exec {string.Join(' ', ServerProcess.Command)} serve {files["pool"]}";

        await RefusesAsync($"{serve} --unix {files["s"]} --tls-certificate {files["no.pem"]} --tls-key {files["no.pem"]}", 2, files["no.pem"]);
        await RefusesAsync($"{serve} --unix {files["s"]} --tls-certificate {files["bad.pem"]} --tls-key {files["no.pem"]}", 2, files["bad.pem"]);
        await RefusesAsync($"{serve} --unix {files["s"]} --tls-client-ca {files["no.pem"]}", 2, files["no.pem"]);
        await RefusesAsync($"LISTEN_FDS=1 LISTEN_PID=$$ {serve} 3</dev/null", 1, "descriptor 3");
    }

    private static async Task RefusesAsync(string line, int exitCode, string named)
    {
        (int code, _, string error) = await OutsideProgram.RunAsync("sh", "-c", line);
        Assert.True(code == exitCode && error.Contains(named, StringComparison.Ordinal), $"{line}: {code} {error}");
    }

    private static NbdClient Connect(IPEndPoint address, X509Certificate2 shown, X509Certificate2 client)
    {
        var connection = new NbdClient(address);
        connection.Greet();
        connection.StartTls(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.Tls12, // a certificate that is refused is known when the handshake ends
            ClientCertificates = [client],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == shown.GetCertHashString(),
        });
        Assert.Equal(OptionReplyType.Acknowledged, connection.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[^1].Type);
        return connection;
    }
}
