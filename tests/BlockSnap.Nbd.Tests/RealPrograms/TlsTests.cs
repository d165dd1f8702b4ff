using System.Net;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>TLS with another implementation at the other end (GnuTLS, by way of libnbd), certificates checked on both sides.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task Nbdinfo_ByTls_SeesTheExport_OnlyWithTheRightCertificates()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdinfo");
        await using ServingPool served = await ServingPool.StartAsync();
        using X509Certificate2 authority = Certificates.Authority("CN=authority");
        using X509Certificate2 stranger = Certificates.Authority("CN=stranger");
        using X509Certificate2 server = Certificates.Signed(authority, "CN=localhost", "localhost");
        using X509Certificate2 client = Certificates.Signed(authority, "CN=client", null);
        using X509Certificate2 wrong = Certificates.Signed(stranger, "CN=wrong", null);
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
        using X509Certificate2 authority = Certificates.Authority("CN=authority");
        using X509Certificate2 office = Certificates.Authority("CN=office", authority);
        using X509Certificate2 server = Certificates.Signed(office, "CN=localhost", "localhost");
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
            File.WriteAllText(Path.Join(folder, "client-key.pem"), Certificates.ExportKey(own));
        }

        return folder;
    }
}
