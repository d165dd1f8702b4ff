using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Devices;

/// <summary>
/// The system calls the framework does not offer, or whose failures it hides. Every method returns an errno, 0 for success,
/// retries EINTR and allocates nothing; the caller decides what an errno means.
/// </summary>
/// <remarks>
/// C functions with variable arguments (open with a mode, fcntl with a value) are called on Linux only: Apple's arm64 expects such arguments
/// elsewhere than P/Invoke puts them.
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal static partial class Libc
{
    private const int OpenReadOnly = 0;
    private const int OpenReadWrite = 2;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockUnlock = 8;
    private const uint SyncFileRangeWrite = 2;
    private const int FullSyncCommand = 51; // F_FULLFSYNC, Apple only.

    // Without it a child process would inherit the descriptor, and with it the lock, and could hold it longer than this process lives.
    private static readonly int OpenCloseOnExec =
        OperatingSystem.IsMacOS() ? 0x100_0000 : OperatingSystem.IsFreeBSD() ? 0x10_0000 : 0x8_0000;

    /// <summary>Opens a directory for <see cref="Sync"/>.</summary>
    public static int OpenDirectory(string path, out SafeFileHandle handle) =>
        // "/." resolves for directories only. O_DIRECTORY would say the same, but its number differs between x64 and arm64, where
        // the one of x64 means O_DIRECT.
        OpenRetrying(path + "/.", OpenReadOnly | OpenCloseOnExec, out handle);

    /// <summary>Opens a file for reading and writing, and creates it first when it is missing.</summary>
    public static int OpenOrCreate(string path, out SafeFileHandle handle)
    {
        // open(O_CREAT) takes a variable argument, creat does not; creat in turn cannot close on exec, so its descriptor is
        // closed at once. Two processes may both get here: creat then truncates what the other made, which is empty as well.
        int errno = OpenRetrying(path, OpenReadWrite | OpenCloseOnExec, out handle);
        if (errno == Errno.NoEntry)
        {
            handle.Dispose();
            errno = Create(path);
            if (errno != 0)
            {
                return errno;
            }

            errno = OpenRetrying(path, OpenReadWrite | OpenCloseOnExec, out handle);
        }

        return errno;
    }

    /// <summary>Takes the exclusive lock of an open file, or returns <see cref="Errno.WouldBlock"/> at once when it is taken.</summary>
    public static int TryLock(SafeFileHandle file) => LockRetrying(file, LockExclusive | LockNonBlocking);

    /// <summary>Gives the lock back, for copies of the descriptor too.</summary>
    public static int Unlock(SafeFileHandle file) => LockRetrying(file, LockUnlock);

    /// <summary>Makes contents durable, with as much metadata as reading them takes.</summary>
    public static int SyncData(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Sync(file);
        }

        int errno;
        do
        {
            errno = FDataSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    /// <summary>
    /// Begins to send the changed pages of a file to the device, without waiting for them. Only the next <see cref="SyncData"/> tells of what
    /// fails there.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void BeginSyncData(SafeFileHandle file)
    {
        // A 32-bit process would have to pass the arguments in another way.
        if (Environment.Is64BitProcess)
        {
            _ = SyncFileRange(file, 0, 0, SyncFileRangeWrite);
        }
    }

    /// <summary>Makes a file or directory durable with all its metadata.</summary>
    public static int Sync(SafeFileHandle file)
    {
        // On Apple fsync stops at the drive's cache; only the full sync passes it on. File systems without one refuse the command.
        if (OperatingSystem.IsMacOS() && FCntl(file, FullSyncCommand) == 0)
        {
            return 0;
        }

        int errno;
        do
        {
            errno = FSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    /// <summary>Reserves the bytes below a length and makes the file at least that long.</summary>
    public static int Allocate(SafeFileHandle file, long length) => AllocateRetrying(file, mode: 0, 0, length);

    /// <summary>Gives a range back to the file system; the length stays.</summary>
    public static int PunchHole(SafeFileHandle file, long offset, long length)
    {
        const int KeepSizeAndPunchHole = 1 | 2;
        return AllocateRetrying(file, KeepSizeAndPunchHole, offset, length);
    }

    /// <summary>
    /// Asks the system not to record when the file was last read, which costs a little at each read. It grants that to the file's owner only;
    /// for others nothing changes.
    /// </summary>
    [SupportedOSPlatform("linux")]
    public static void ForgetReads(SafeFileHandle file)
    {
        const int SetFlagsCommand = 4;
        const int NoAccessTime = 0x4_0000;
        _ = FCntlOfLinux(file, SetFlagsCommand, NoAccessTime);
    }

    /// <summary>How many descriptors the process may have.</summary>
    public static int DescriptorsMax() => GetDescriptorTableSize();

    private static int OpenRetrying(string path, int flags, out SafeFileHandle handle)
    {
        int errno;
        do
        {
            handle = OpenCore(path, flags);
            errno = handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    private static int Create(string path)
    {
        const uint ReadWriteByOwnerReadByAll = 0x1A4; // 0644, less the umask.
        int errno;
        do
        {
            using SafeFileHandle created = CreateCore(path, ReadWriteByOwnerReadByAll);
            errno = created.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    private static int AllocateRetrying(SafeFileHandle file, int mode, long offset, long length)
    {
        // Elsewhere there is no fallocate, and a 32-bit process has one with 32-bit lengths.
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return Errno.NotSupported;
        }

        int errno;
        do
        {
            errno = FAllocate(file, mode, offset, length) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    private static int LockRetrying(SafeFileHandle file, int operation)
    {
        int errno;
        do
        {
            errno = FLock(file, operation) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.Interrupted);
        return errno;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenCore(string path, int flags);

    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle CreateCore(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "getdtablesize")]
    private static partial int GetDescriptorTableSize();

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(SafeFileHandle file, int command);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FCntlOfLinux(SafeFileHandle file, int command, int value);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);
}
