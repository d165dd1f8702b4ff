using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Devices;

/// <summary>
/// The exclusive lock on a directory. The kernel holds it for the open file and drops it when the process ends in whatever way, so
/// there is no stale lock to clear, no pid to compare, and a stopped process keeps it. Thread-safe.
/// </summary>
internal sealed class DirectoryOwnership : IDisposable
{
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly SafeFileHandle _lock;

    private DirectoryOwnership(SafeFileHandle @lock) => _lock = @lock;

    /// <exception cref="PoolInUseException">The lock is taken, by this process or another.</exception>
    /// <exception cref="IOException">The lock file cannot be opened, or the file system cannot lock.</exception>
    public static DirectoryOwnership Acquire(string directory)
    {
        string path = Path.Join(directory, DeviceFileName.Lock);
        return OperatingSystem.IsWindows() ? AcquireByShareMode(directory, path) : AcquireByFileLock(directory, path);
    }

    public void Dispose()
    {
        // A child process that is being started at this moment has a copy of the descriptor until it executes its program. Closing
        // ours would leave the lock with the copy; unlocking takes it from both. A failure leaves what closing does.
        if (!OperatingSystem.IsWindows() && !_lock.IsClosed)
        {
            try
            {
                _ = Libc.Unlock(_lock);
            }
            catch (ObjectDisposedException)
            {
                return; // Another thread was faster; the lock is given back.
            }
        }

        _lock.Dispose();
    }

    // FileShare.None is a lock by flock as well, but the framework takes any failure other than "taken" for success. Read and write
    // access because NFS locks exclusively for writers only.
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static DirectoryOwnership AcquireByFileLock(string directory, string path)
    {
        int errno = Libc.OpenOrCreate(path, out SafeFileHandle handle);
        if (errno != 0)
        {
            handle.Dispose();
            throw DeviceError.FromErrno(errno, $"Opening '{path}'");
        }

        errno = Libc.TryLock(handle);
        if (errno == 0)
        {
            return new DirectoryOwnership(handle);
        }

        handle.Dispose();
        throw errno == Errno.WouldBlock ? new PoolInUseException(directory) : DeviceError.FromErrno(errno, $"Locking '{path}'");
    }

    private static DirectoryOwnership AcquireByShareMode(string directory, string path)
    {
        try
        {
            return new DirectoryOwnership(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failure) when (failure.HResult == WindowsSharingViolation)
        {
            throw new PoolInUseException(directory, failure);
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Opening '{path}'");
        }
    }
}
