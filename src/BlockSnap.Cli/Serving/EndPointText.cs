using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BlockSnap.Nbd;

namespace BlockSnap.Cli;

/// <summary>Addresses to serve at as they are typed, and as the URIs that clients take.</summary>
internal static class EndPointText
{
    private const string Localhost = "localhost:";

    /// <returns>Whether the text is ADDR:PORT with a numeric address or localhost; a port of 0 lets the system choose.</returns>
    public static bool TryParse(string text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.Loopback, 0);
        if (text.StartsWith(Localhost, StringComparison.Ordinal))
        {
            bool valid = ushort.TryParse(text.AsSpan(Localhost.Length), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port);
            endPoint.Port = port;
            return valid;
        }

        // IPEndPoint.TryParse would take an address without a port for one with port 0.
        bool hasPort = text.LastIndexOf(':') > text.LastIndexOf(']') && text.LastIndexOf(':') > 0 && (text[0] == '[' || text.Count(':') == 1);
        if (!hasPort || !IPEndPoint.TryParse(text, out IPEndPoint? parsed))
        {
            return false;
        }

        endPoint = parsed;
        return true;
    }

    /// <summary>The URI under which clients reach the default export: with TLS where the server refuses clients without it.</summary>
    public static string UriOf(EndPoint endPoint, NbdServerOptions options)
    {
        string scheme = options.NeedsTls(endPoint) ? "nbds" : "nbd";
        return endPoint is UnixDomainSocketEndPoint ? $"{scheme}+unix:///?socket={Escape(endPoint.ToString()!)}" : $"{scheme}://{endPoint}/";
    }

    private static string Escape(string path) => Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal);
}
