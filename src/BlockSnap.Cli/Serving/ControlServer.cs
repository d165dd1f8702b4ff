using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using WithOptions = Microsoft.Extensions.Options.Options;

namespace BlockSnap.Cli;

/// <summary>
/// Runs other processes' commands on the served pool, each as a request to the control socket (<see cref="ControlSocket"/>). The server is
/// Kestrel.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private const int CommandLineBytesMax = 1 << 20;
    private const int WindowBytes = 1 << 20;

    private readonly KestrelServer _server;

    private ControlServer(KestrelServer server) => _server = server;

    /// <summary>Starts to listen; this process owns the pool.</summary>
    public static async Task<ControlServer> StartAsync(ServedPool served, CancellationToken cancellationToken)
    {
        string path = ControlSocket.PathOf(served.Pool.Location);
        var options = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowSynchronousIO = true, // consoles are written to synchronously; each command has a thread meanwhile
            ApplicationServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
        };
        options.Limits.MaxRequestBodySize = null; // an image
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.Http2.MaxRequestHeaderFieldSize = CommandLineBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = CommandLineBytesMax;
        options.Limits.MaxRequestLineSize = CommandLineBytesMax;
        options.Limits.Http2.InitialStreamWindowSize = WindowBytes;
        options.Limits.Http2.InitialConnectionWindowSize = WindowBytes;
        options.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2);
        var sockets = new SocketTransportOptions { CreateBoundListenSocket = _ => ControlSocket.Bind(path) };
        var transport = new SocketTransportFactory(WithOptions.Create(sockets), NullLoggerFactory.Instance);
        var server = new KestrelServer(WithOptions.Create(options), transport, NullLoggerFactory.Instance);
        await server.StartAsync(new Application(served), cancellationToken);
        return new ControlServer(server);
    }

    /// <summary>Takes no more commands, and gives those that run ten seconds to end.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await _server.StopAsync(patience.Token);
        _server.Dispose(); // removes the socket's file too
    }

    private sealed class Application(ServedPool served) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }

        public async Task ProcessRequestAsync(HttpContext context)
        {
            if (context.Request.Method != HttpMethods.Post || context.Request.Path != ControlRequest.Path)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            await context.Response.StartAsync(context.RequestAborted);
            ControlRequest request = ControlRequest.FromQuery(context.Request.QueryString.Value!);
            var console = new EventConsole(context.Response.Body, context.Request.Body);
            int exitCode = await BlockSnapCommand.InvokeAsync([.. request.Words], console.For(request), context.RequestAborted, served);
            console.Send(new ControlEvent { ExitCode = exitCode });
        }
    }
}
