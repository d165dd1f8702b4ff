using System.Runtime.InteropServices;

namespace BlockSnap.Nbd.Connections;

/// <summary>What lies at a path, told without opening it: to open a FIFO would wait for its other end. A link is itself.</summary>
/// <param name="IsSocket">Whether it is a socket; false where the system is not Linux and does not tell.</param>
/// <param name="Device">The file system that it is on; zero where the system does not tell.</param>
/// <param name="Inode">Its number there, which no other file has while it lasts; zero where the system does not tell.</param>
internal readonly record struct FileStatus(bool IsSocket, ulong Device, ulong Inode)
{
    /// <summary>Looks at a path.</summary>
    /// <returns>Null when nothing lies there.</returns>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    public static FileStatus? At(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Path.Exists(path) ? default(FileStatus) : null;
        }

        return Libc.GetStatus(path, out FileStatus status) switch
        {
            0 => status,
            Libc.NoEntry or Libc.NoDirectory => null,
            int errno => throw new IOException($"'{path}' cannot be looked at: {Marshal.GetPInvokeErrorMessage(errno)}"),
        };
    }
}
