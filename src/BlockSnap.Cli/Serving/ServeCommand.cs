using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using BlockSnap.Nbd;

namespace BlockSnap.Cli;

internal static class ServeCommand
{
    public static Command Create()
    {
        Argument<string> pool = Arguments.Pool();
        Option<string[]> unix = new("--unix") { Description = "Listen at a Unix socket, which only this user can open.", HelpName = "PATH", AllowMultipleArgumentsPerToken = false };
        Option<IPEndPoint[]> tcp = new("--tcp")
        {
            Description = "Listen at a TCP address; 10809 is the port of NBD. Other hosts' addresses need TLS.",
            HelpName = "ADDR:PORT",
            AllowMultipleArgumentsPerToken = false,
            Arity = ArgumentArity.OneOrMore,
            CustomParser = ParseTcp,
        };
        Option<bool> readOnly = Options.Flag("--read-only", "Serve disks for reading only; snapshots always are.");
        Option<string?> certificate = new("--tls-certificate") { Description = "The server's certificate and those it is signed by, PEM.", HelpName = "FILE" };
        Option<string?> key = new("--tls-key") { Description = "The certificate's private key, PEM.", HelpName = "FILE" };
        Option<string?> authorities = new("--tls-client-ca") { Description = "Accept only clients with a certificate that one of these signed, PEM.", HelpName = "FILE" };
        Option<bool> plaintext = Options.Flag("--allow-plaintext", "Serve other hosts without TLS too.");
        Option<int> connections = new("--max-connections") { Description = "Connections at the same time; 128 unless said.", HelpName = "N", DefaultValueFactory = _ => 128 };
        Option<int> pollTime = new("--poll-time")
        {
            Description = "How long a busy connection looks for its next request before it sleeps, 0 (never) to 1000 microseconds; 60 unless said.",
            HelpName = "MICROSECONDS",
            DefaultValueFactory = _ => 60,
        };
        Option<bool> noPolicies = Options.Flag("--no-policies", "Leave policies and retention to 'policy run'; else they are run here.");
        return new VerbCommand("serve", "Serve the pool's disks and snapshots over NBD until interrupted; the other commands work on meanwhile.")
        {
            Arguments = { pool },
            OwnsPool = true,
            Options = { unix, tcp, readOnly, certificate, key, authorities, plaintext, connections, pollTime, noPolicies },
            Examples =
            [
                "blocksnap serve /srv/pool --unix /run/vm.sock",
                "nbdcopy 'nbd+unix:///vm1@monday?socket=/run/vm.sock' monday.raw",
                "nbdinfo --list -- [ blocksnap serve /srv/pool ]",
            ],
            Body = async context =>
            {
                IReadOnlyList<Socket> activated = SocketActivation.TakeSockets();
                var endPoints = new List<EndPoint>();
                endPoints.AddRange((context.Get(unix) ?? []).Select(path => new UnixDomainSocketEndPoint(path)));
                endPoints.AddRange(context.Get(tcp) ?? []);
                if (endPoints.Count + activated.Count == 0)
                {
                    throw new UsageException("Nowhere to listen: give --unix, --tcp, or a socket by LISTEN_FDS.");
                }

                var options = new NbdServerOptions
                {
                    EndPoints = endPoints,
                    ListeningSockets = activated,
                    ReadOnly = context.Get(readOnly),
                    Certificate = LoadCertificate(context.Get(certificate), context.Get(key)),
                    CertificateChain = LoadCertificates(context.Get(certificate)),
                    ClientAuthorities = LoadCertificates(context.Get(authorities)),
                    AllowPlaintext = context.Get(plaintext),
                    ConnectionCountMax = context.Get(connections),
                    PollTime = TimeSpan.FromMicroseconds(context.Get(pollTime)),
                    Faults = new FaultLines(context.Console.Error),
                };
                if (options.Certificate is null && endPoints.Find(options.NeedsTls) is { } reachable)
                {
                    throw new UsageException($"{reachable} can be reached by other hosts: give --tls-certificate and --tls-key, or --allow-plaintext.");
                }

                await using PoolLease lease = await context.OpenPoolAsync(pool);
                await ServeAsync(context, lease.Pool, options, runsPolicies: !context.Get(noPolicies));
                return new Silence();
            },
        };
    }

    // Until interrupted, or until it cannot go on.
    private static async Task ServeAsync(CommandContext context, DiskPool pool, NbdServerOptions options, bool runsPolicies)
    {
        await using NbdServer server = NbdServer.Start(pool, options);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        // A stop that comes while the control server starts is met below like any other: whoever was served already is served to the end.
        await using ControlServer control = await ControlServer.StartAsync(new ServedPool(pool, server, stop.Token), CancellationToken.None);
        var result = new ServeResult(pool.Location, [.. server.EndPoints.Select(endPoint => EndPointText.UriOf(endPoint, options))], options.ReadOnly);
        if (context.Json)
        {
            await JsonDocumentWriter.WriteAsync(result, CliJson.Relaxed.ServeResult, context.Console);
        }
        else if (options.ListeningSockets.Count == 0)
        {
            // Not to standard output, which may be that of the client that started this server.
            await context.Console.Error.WriteLineAsync($"Serving {result.Pool} at {string.Join(" and ", result.Uris)}");
        }

        var lines = new PolicyLines(context.Console.Error);
        Task policies = runsPolicies ? new PolicyRunner(pool, new PolicyRunnerOptions { Progress = lines, Failures = lines }).RunAsync(stop.Token) : Task.CompletedTask;
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (context.CancellationToken.Register(interrupted.SetResult))
        {
            // A runner that failed found the pool's device failed: then the server cannot go on either.
            Task ended = await Task.WhenAny(runsPolicies ? [interrupted.Task, server.Completion, policies] : [interrupted.Task, server.Completion]);
            await stop.CancelAsync();
            await ended;
        }

        await policies;
    }

    private static X509Certificate2? LoadCertificate(string? certificate, string? key)
    {
        if (certificate is null && key is null)
        {
            return null;
        }

        return certificate is not null && key is not null
            ? X509Certificate2.CreateFromPemFile(certificate, key)
            : throw new UsageException("--tls-certificate and --tls-key go together.");
    }

    private static X509Certificate2Collection? LoadCertificates(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates;
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

    // What fails at each look, like a time zone that is unknown, is told once.
    private sealed class PolicyLines(TextWriter error) : IProgress<PolicyRunResult>, IProgress<Exception>
    {
        private readonly TextWriter _error = TextWriter.Synchronized(error);
        private readonly Dictionary<DiskId, DateTimeOffset> _told = [];

        public void Report(PolicyRunResult value)
        {
            foreach (PolicyOutcome failed in value.Outcomes.Where(outcome => outcome.Error is not null && _told.GetValueOrDefault(outcome.DiskId) != outcome.Due))
            {
                _told[failed.DiskId] = failed.Due;
                _error.WriteLine($"blocksnap: the policy {failed.PolicyName} failed for the disk {failed.DiskName}: {failed.Error!.Message}");
            }
        }

        public void Report(Exception value) => _error.WriteLine($"blocksnap: running the policies failed and will be tried again: {value.Message}");
    }

    private sealed class FaultLines(TextWriter error) : IProgress<Exception>
    {
        private readonly TextWriter _error = TextWriter.Synchronized(error);

        public void Report(Exception value) => _error.WriteLine($"blocksnap: a connection failed: {value}");
    }
}
