using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.RealPrograms;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>TLS with another implementation at the other end (GnuTLS, by way of libnbd), certificates checked on both sides.</summary>
public sealed class TlsTests
{
    private static readonly DateTimeOffset s_from = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset s_to = DateTimeOffset.UnixEpoch.AddYears(200);

    [Fact]
    public async Task Nbdinfo_ByTls_SeesTheExport_OnlyWithTheRightCertificates()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdinfo");
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 authority = Authority("CN=authority");
        using X509Certificate2 stranger = Authority("CN=stranger");
        using X509Certificate2 server = Signed(authority, "CN=localhost", "localhost");
        using X509Certificate2 client = Signed(authority, "CN=client", null);
        using X509Certificate2 wrong = Signed(stranger, "CN=wrong", null);
        await using NbdServer tls = NbdServer.Start(served.Pool, new NbdServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Any, 0)],
            Certificate = server,
            ClientAuthorities = [authority],
        });
        int port = ((IPEndPoint)tls.EndPoints[0]).Port;

        string size = await OutsideProgram.RunToSuccessAsync("nbdinfo", "--size", Uri(port, Folder(served, "right", authority, client)));
        Assert.Equal("1048576", size.Trim());
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("nbdinfo", "--size", Uri(port, Folder(served, "wrong", authority, wrong)))).ExitCode);
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("nbdinfo", "--size", Uri(port, Folder(served, "none", authority, null)))).ExitCode);
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("nbdinfo", "--size", Uri(port, Folder(served, "other", stranger, client)))).ExitCode);
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("nbdinfo", "--size", $"nbd://localhost:{port}/disk")).ExitCode);
    }

    [Fact]
    public async Task Nbdinfo_TrustingTheAuthorityOnly_IsShownTheCertificatesInBetween()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdinfo");
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 authority = Authority("CN=authority");
        using X509Certificate2 office = Authority("CN=office", authority);
        using X509Certificate2 server = Signed(office, "CN=localhost", "localhost");
        await using NbdServer tls = NbdServer.Start(served.Pool, new NbdServerOptions
        {
            EndPoints = [new IPEndPoint(IPAddress.Any, 0)],
            Certificate = server,
            CertificateChain = [office],
        });

        string size = await OutsideProgram.RunToSuccessAsync("nbdinfo", "--size", Uri(((IPEndPoint)tls.EndPoints[0]).Port, Folder(served, "trust", authority, null)));
        Assert.Equal("1048576", size.Trim());
    }

    private static string Uri(int port, string folder) => $"nbds://localhost:{port}/disk?tls-certificates={folder}";

    // As libnbd looks for them.
    private static string Folder(ServingPool served, string name, X509Certificate2 trusted, X509Certificate2? own)
    {
        string folder = Directory.CreateDirectory(served.File(name)).FullName;
        File.WriteAllText(Path.Join(folder, "ca-cert.pem"), trusted.ExportCertificatePem());
        if (own is not null)
        {
            File.WriteAllText(Path.Join(folder, "client-cert.pem"), own.ExportCertificatePem());
            File.WriteAllText(Path.Join(folder, "client-key.pem"), own.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }

        return folder;
    }

    // Signed by itself, or by another.
    private static X509Certificate2 Authority(string name, X509Certificate2? above = null)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        if (above is null)
        {
            return request.CreateSelfSigned(s_from, s_to);
        }

        using X509Certificate2 certificate = request.Create(above, s_from, s_to, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, string name, string? host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 certificate = request.Create(authority, s_from, s_to, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
