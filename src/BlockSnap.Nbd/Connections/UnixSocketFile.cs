using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Nbd.Connections;

/// <summary>The file of a Unix socket: open to its owner alone, taken over from a server that is dead, and removed with the socket.</summary>
internal sealed class UnixSocketFile : IDisposable
{
    private readonly FileStatus _status;

    private UnixSocketFile(string path)
    {
        FullName = path;
        _status = FileStatus.At(path) ?? throw new IOException($"The socket's file '{path}' was removed as soon as it was there.");
    }

    public string FullName { get; }

    /// <summary>Keeps other servers off the sockets of a path's directory. To be held until the socket listens: before, it looks dead to them.</summary>
    public static SafeFileHandle? TryEnterDirectory(UnixDomainSocketEndPoint endPoint) =>
        DirectoryLock.TryEnter(Path.GetDirectoryName(Path.GetFullPath(endPoint.ToString()!))!);

    /// <summary>Binds a socket to a path. Nobody can connect before the mode of its file is set, since it does not listen yet.</summary>
    /// <exception cref="IOException">Another server listens there, the file is no socket, or its directory is missing.</exception>
    /// <exception cref="SocketException">The system refuses the path.</exception>
    public static UnixSocketFile Bind(UnixDomainSocketEndPoint endPoint, out Socket socket)
    {
        string path = Path.GetFullPath(endPoint.ToString()!);
        string directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            throw new IOException($"Cannot listen at {path}: there is no directory '{directory}'.");
        }

        RemoveDead(path, endPoint);
        socket = BindAlone(endPoint);
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            return new UnixSocketFile(path);
        }
        catch
        {
            socket.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>
    /// Removes the file, unless another one lies there by now. To be called while the socket is still open: until then no other file
    /// can have the same number.
    /// </summary>
    public void Dispose()
    {
        try
        {
            if (FileStatus.At(FullName) == _status)
            {
                File.Delete(FullName);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays; the next server that listens there removes it.
        }
    }

    private static void RemoveDead(string path, UnixDomainSocketEndPoint endPoint)
    {
        if (FileStatus.At(path) is not { } there)
        {
            return;
        }

        if (!there.IsSocket)
        {
            throw new IOException($"What lies at '{path}' is not known to be a socket: remove it, or name another path.");
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

    // When the framework disposes the object that bound a socket, it deletes whatever lies at the path by then. So that object is never
    // disposed or finalized, and a second one with the same descriptor is used instead.
    private static Socket BindAlone(UnixDomainSocketEndPoint endPoint)
    {
        var binder = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            binder.Bind(endPoint);
        }
        catch
        {
            binder.Dispose();
            throw;
        }

        GC.SuppressFinalize(binder);
        return new Socket(binder.SafeHandle);
    }
}
