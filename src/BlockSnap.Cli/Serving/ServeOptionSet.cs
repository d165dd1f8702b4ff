using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd;

namespace BlockSnap.Cli;

/// <summary>The options that say where a pool is served, to whom and how.</summary>
internal sealed class ServeOptionSet
{
    private static readonly NbdServerOptions s_unlessSaid = new();

    private readonly Option<string[]> _unix = new("--unix")
    {
        Description = "Listen at a Unix socket, which only this user can open.",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<IPEndPoint[]> _tcp = new("--tcp")
    {
        Description = "Listen at a TCP address; 10809 is the port of NBD. Other hosts' addresses need TLS.",
        HelpName = "ADDR:PORT",
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = ParseTcp,
    };

    private readonly Option<bool> _readOnly = Options.Flag("--read-only", "Serve disks for reading only; snapshots always are.");
    private readonly Option<string?> _certificate = File("--tls-certificate", "The server's certificate and those it is signed by, PEM.");
    private readonly Option<string?> _key = File("--tls-key", "The certificate's private key, PEM.");
    private readonly Option<string?> _authorities = File("--tls-client-ca", "Accept only clients with a certificate that one of these signed, PEM.");
    private readonly Option<bool> _plaintext = Options.Flag("--allow-plaintext", "Serve other hosts without TLS too.");
    private readonly Option<int> _connections = Options.Number(
        "--max-connections", "N", "The most connections at a time", 1, NbdServerOptions.ConnectionCountLimit, s_unlessSaid.ConnectionCountMax);
    private readonly Option<int> _pollTime = Options.Number(
        "--poll-time",
        "MICROSECONDS",
        "How many microseconds a busy connection polls for its next request before it sleeps",
        0,
        NbdServerOptions.PollMicrosecondsMax,
        (int)s_unlessSaid.PollTime.TotalMicroseconds);

    private readonly Option<bool> _mappedReads = Options.Flag(
        "--mapped-reads",
        "Read blocks through mappings of the pool's files: faster where they are cached, but a failing device ends the server.");

    private readonly Option<HolePunching?> _punchHoles = Options.Word<HolePunching>(
        "--punch-holes",
        "When the space of dead blocks between living ones goes back to the device as holes of files, after-deletes unless said");

    public Option<bool> NoPolicies { get; } = Options.Flag("--no-policies", "Leave policies and retention to 'policy run'; else they are run here.");

    public IEnumerable<Option> All =>
    [
        _unix, _tcp, _readOnly, _certificate, _key, _authorities, _plaintext, _connections, _pollTime, _mappedReads, _punchHoles, NoPolicies,
    ];

    /// <summary>How the pool is opened.</summary>
    public DiskPoolOptions ReadPoolOptions(CommandContext context)
    {
        DiskPoolOptions own = CommandContext.PoolOptions;
        return own with { MappedReads = context.Get(_mappedReads), HolePunching = context.Get(_punchHoles) ?? own.HolePunching };
    }

    /// <summary>How the pool is served. Sockets that the parent process passed on are served too.</summary>
    public NbdServerOptions Read(CommandContext context)
    {
        IReadOnlyList<Socket> activated = SocketActivation.TakeSockets();
        var endPoints = new List<EndPoint>();
        endPoints.AddRange((context.Get(_unix) ?? []).Select(path => new UnixDomainSocketEndPoint(path)));
        endPoints.AddRange(context.Get(_tcp) ?? []);
        if (endPoints.Count + activated.Count == 0)
        {
            throw new UsageException("Nowhere to listen: give --unix, --tcp, or a socket by LISTEN_FDS.");
        }

        var options = new NbdServerOptions
        {
            EndPoints = endPoints,
            ListeningSockets = activated,
            ReadOnly = context.Get(_readOnly),
            Certificate = LoadCertificate(context.Get(_certificate), context.Get(_key)),
            CertificateChain = LoadCertificates(context.Get(_certificate)),
            ClientAuthorities = LoadCertificates(context.Get(_authorities)),
            AllowPlaintext = context.Get(_plaintext),
            ConnectionCountMax = context.Get(_connections),
            PollTime = TimeSpan.FromMicroseconds(context.Get(_pollTime)),
            Faults = new FaultLines(context.Console.Error),
        };
        if (options.Certificate is null && endPoints.Find(options.NeedsTls) is { } reachable)
        {
            throw new UsageException($"{reachable} can be reached by other hosts: give --tls-certificate and --tls-key, or --allow-plaintext.");
        }

        return options;
    }

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static X509Certificate2? LoadCertificate(string? certificate, string? key)
    {
        if (certificate is null && key is null)
        {
            return null;
        }

        if (certificate is null || key is null)
        {
            throw new UsageException("--tls-certificate and --tls-key go together.");
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException e)
        {
            throw new UsageException($"'{certificate}' and '{key}' are no certificate and its key in PEM: {e.Message}");
        }
    }

    private static X509Certificate2Collection? LoadCertificates(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(file);
        }
        catch (CryptographicException e)
        {
            throw new UsageException($"'{file}' holds something that is no certificate: {e.Message}");
        }

        return certificates.Count > 0 ? certificates : throw new UsageException($"'{file}' holds no certificate in PEM: nobody could connect.");
    }

    private static IPEndPoint[] ParseTcp(ArgumentResult result)
    {
        var endPoints = new List<IPEndPoint>();
        foreach (Token token in result.Tokens)
        {
            if (EndPointText.TryParse(token.Value, out IPEndPoint endPoint))
            {
                endPoints.Add(endPoint);
            }
            else
            {
                result.AddError($"'{token.Value}' is no ADDR:PORT: expected 127.0.0.1:10809, [::1]:10809 or localhost:10809.");
            }
        }

        return [.. endPoints];
    }

    private sealed class FaultLines(TextWriter error) : IProgress<Exception>
    {
        private readonly TextWriter _error = TextWriter.Synchronized(error);

        public void Report(Exception value) => _error.WriteLine($"blocksnap: a connection failed: {value}");
    }
}
