using System.Net.Security;

namespace BlockSnap.Nbd.Handshake;

/// <summary>How one listener treats STARTTLS.</summary>
/// <param name="Options">Certificates, or null when there are none: then STARTTLS is refused.</param>
/// <param name="IsRequired">Whether nothing but STARTTLS is answered before it.</param>
internal sealed record TlsPolicy(SslServerAuthenticationOptions? Options, bool IsRequired);
