using System.Globalization;
using System.Net.Sockets;
using BlockSnap.Nbd.Connections;

namespace BlockSnap.Nbd;

/// <summary>
/// Listening sockets that the parent process opened and passed on: LISTEN_FDS of them, from descriptor 3, as systemd and libnbd do.
/// (Source: sd_listen_fds(3).) Thread-safe.
/// </summary>
public static class SocketActivation
{
    private const int FirstDescriptor = 3;
    private const string CountVariable = "LISTEN_FDS";
    private const string ProcessVariable = "LISTEN_PID";
    private const string NamesVariable = "LISTEN_FDNAMES";

    /// <summary>Takes the sockets over. The variables are removed, so that a second call and child processes find none.</summary>
    /// <returns>The sockets; empty when none were passed to this process.</returns>
    /// <exception cref="IOException">A descriptor that was passed is no socket. It and those before it are closed.</exception>
    public static IReadOnlyList<Socket> TakeSockets()
    {
        bool isOurs = int.TryParse(Environment.GetEnvironmentVariable(ProcessVariable), CultureInfo.InvariantCulture, out int process)
            && process == Environment.ProcessId;
        bool counted = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int count);
        if (!isOurs || !counted || count <= 0)
        {
            return [];
        }

        foreach (string variable in (string[])[CountVariable, ProcessVariable, NamesVariable])
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        return TakeOver(FirstDescriptor, count);
    }

    /// <summary>Takes descriptors over. Where one is no socket, it and those before it are closed.</summary>
    internal static IReadOnlyList<Socket> TakeOver(int first, int count)
    {
        var taken = new List<Socket>();
        try
        {
            for (int descriptor = first; descriptor < first + count; descriptor++)
            {
                taken.Add(TakeOver(descriptor));
            }

            return taken;
        }
        catch
        {
            taken.ForEach(socket => socket.Dispose());
            throw;
        }
    }

    /// <summary>Takes a descriptor over. On Linux no child process inherits it from now on. One that is no socket is closed.</summary>
    internal static Socket TakeOver(int descriptor)
    {
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)); // takes any descriptor, unchecked
        try
        {
            socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Type);
            if (OperatingSystem.IsLinux())
            {
                Libc.CloseOnExec(socket.SafeHandle);
            }

            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"The descriptor {descriptor}, one of those that {CountVariable} counts, is no socket: {e.Message}", e);
        }
    }
}
