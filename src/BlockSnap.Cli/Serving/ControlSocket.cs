using System.Net.Sockets;
using System.Text;

namespace BlockSnap.Cli;

/// <summary>
/// The socket in a served pool's directory through which other processes' commands come. What is sent there: HTTP/2, POST /run with the
/// command line as the query, standard input as the body when it is asked for, and as the response one JSON document a line
/// (<see cref="ControlEvent"/>). Only the pool's owner can connect.
/// </summary>
internal static class ControlSocket
{
    /// <summary>Hidden: a name with a dot in front is none of a pool's files.</summary>
    private const string FileName = ".control";

    /// <summary>Bytes that the kernel leaves for a path, the final zero aside.</summary>
    private const int PathBytesMax = 107;

    public static string PathOf(string pool) => Path.Join(Path.GetFullPath(pool), FileName);

    /// <summary>Binds a socket that does not listen yet, with mode 0600. Whoever owns the pool may remove what a dead process left.</summary>
    /// <exception cref="IOException">The path is too long for a socket.</exception>
    public static Socket Bind(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > PathBytesMax)
        {
            throw new IOException($"The pool's path is too long for a control socket: '{path}' has more than {PathBytesMax} bytes. Serve it through a shorter link.");
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
            // Left by a process that was killed, or somebody else's: opening the pool will tell.
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
