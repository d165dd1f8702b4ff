using System.Runtime.InteropServices;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// What lies at a path, found out without opening it: opening a FIFO would wait for its other end. Links are not followed.
/// </summary>
/// <param name="IsSocket">Whether it is a socket; false on systems other than Linux, which do not tell.</param>
/// <param name="Device">The file system that it is on; zero on systems other than Linux.</param>
/// <param name="Inode">Its number there, which no other file has while it exists; zero on systems other than Linux.</param>
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
