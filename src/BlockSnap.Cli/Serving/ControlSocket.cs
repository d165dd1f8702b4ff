using System.Net.Sockets;
using System.Text;

namespace BlockSnap.Cli;

/// <summary>
/// The socket in a served pool's directory through which other processes' commands come. The protocol is HTTP/2: POST /run with the
/// command line as the query, and standard input as the body when it is asked for. The response is one JSON document a line
/// (<see cref="ControlEvent"/>). Only the user who owns the pool can connect.
/// </summary>
internal static class ControlSocket
{
    /// <summary>Hidden: none of the pool's own files has a name that begins with a dot.</summary>
    private const string FileName = ".control";

    /// <summary>The longest path that the kernel takes for a socket, in bytes without the final zero.</summary>
    private const int PathBytesMax = 107;

    public static string PathOf(string pool) => Path.Join(Path.GetFullPath(pool), FileName);

    /// <summary>
    /// Binds a socket that does not listen yet, with mode 0600. The file of an earlier one is removed: since this process owns the pool, it
    /// was left by a dead process.
    /// </summary>
    /// <exception cref="IOException">The path is too long for a socket.</exception>
    public static Socket Bind(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > PathBytesMax)
        {
            throw new IOException(
                $"The pool's path is too long for a control socket: '{path}' has more than {PathBytesMax} bytes. Serve it through a shorter link.");
        }

        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return socket;
    }

    /// <summary>Connects to the process that serves a pool.</summary>
    /// <returns>Null when no process does.</returns>
    public static async Task<Socket?> TryConnectAsync(string pool, CancellationToken cancellationToken)
    {
        string path = PathOf(pool);
        if (Encoding.UTF8.GetByteCount(path) > PathBytesMax || !File.Exists(path))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return socket;
        }
        catch (SocketException)
        {
            // The file was left by a process that was killed, or it is another user's. Opening the pool will tell.
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
