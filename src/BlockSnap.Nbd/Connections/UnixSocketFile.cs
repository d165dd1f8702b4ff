using System.Net.Sockets;

namespace BlockSnap.Nbd.Connections;

/// <summary>The file of a Unix socket: open to its owner alone, and taken over from a server that is dead.</summary>
internal static class UnixSocketFile
{
    /// <summary>Binds a socket to a path. Nobody can connect before its mode is set, since it does not listen yet.</summary>
    /// <returns>The path.</returns>
    /// <exception cref="IOException">Another server listens there, the file is no socket, or its directory is missing.</exception>
    public static string Bind(Socket socket, UnixDomainSocketEndPoint endPoint)
    {
        string path = Path.GetFullPath(endPoint.ToString()!);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new IOException($"Cannot listen at {path}: there is no directory '{Path.GetDirectoryName(path)}'.");
        }

        RemoveDead(path, endPoint);
        socket.Bind(endPoint);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    private static void RemoveDead(string path, UnixDomainSocketEndPoint endPoint)
    {
        if (!File.Exists(path))
        {
            return;
        }

        if (CanBeOpened(path))
        {
            throw new IOException($"'{path}' is a file and no socket: name another path.");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path); // left by a process that was killed
            return;
        }

        throw new IOException($"Another server listens at '{path}'.");
    }

    // A socket's file cannot be opened as a file; everything else there can, and is not ours to remove.
    private static bool CanBeOpened(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
