using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>Certificates of authorities, servers and clients, made for one test.</summary>
internal static class Certificates
{
    private static readonly DateTimeOffset s_from = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset s_to = DateTimeOffset.UnixEpoch.AddYears(200);

    /// <summary>One that may sign others; signed by itself, or by another.</summary>
    public static X509Certificate2 Authority(string name, X509Certificate2? above = null)
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

    /// <summary>One of a server, when a host is given, or of a client.</summary>
    public static X509Certificate2 Signed(X509Certificate2 authority, string name, string? host)
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

    /// <summary>The private key as PEM.</summary>
    public static string ExportKey(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem();
}
