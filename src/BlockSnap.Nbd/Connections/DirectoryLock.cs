using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Nbd.Connections;

/// <summary>
/// Keeps servers apart that bind sockets in one directory: each finds out whether a socket there is dead, removes it, binds and listens. One that
/// came in between would have its new socket taken for the dead one. The system takes the lock from a process that ends.
/// </summary>
internal static class DirectoryLock
{
    private const int TriesMax = 100;
    private const int PauseMilliseconds = 10;

    /// <summary>Takes the lock; disposing the result gives it back.</summary>
    /// <returns>
    /// Null where there is none to have: on systems other than Linux, where the directory cannot be read, and when a stranger has held it for a second,
    /// since no server takes as long.
    /// </returns>
    public static SafeFileHandle? TryEnter(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        SafeFileHandle handle = Libc.OpenToRead(directory);
        for (int tries = 0; tries < TriesMax && !handle.IsInvalid; tries++)
        {
            int errno = Libc.TryLock(handle);
            if (errno == 0)
            {
                return handle;
            }

            if (errno is not (Libc.WouldBlock or Libc.Interrupted))
            {
                break;
            }

            Thread.Sleep(PauseMilliseconds);
        }

        handle.Dispose();
        return null;
    }
}
