using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Nbd.Connections;

/// <summary>The system calls of Linux that the framework does not offer.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Libc
{
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;
    public const int NoDirectory = 20;

    // struct statx: its size, and the offsets of the fields that are read.
    private const int StatusBytes = 256;
    private const int ModeAt = 28;
    private const int InodeAt = 32;
    private const int DeviceAt = 136;

    private const int FileTypeMask = 0xF000;
    private const int SocketType = 0xC000;

    /// <summary>Tells what lies at a path. Links are not followed.</summary>
    /// <returns>An errno, 0 for success.</returns>
    public static int GetStatus(string path, out FileStatus status)
    {
        const int WorkingDirectory = -100; // AT_FDCWD
        const int LinkItself = 0x100; // AT_SYMLINK_NOFOLLOW
        const uint TypeAndInode = 0x101; // STATX_TYPE | STATX_INO
        Span<byte> bytes = stackalloc byte[StatusBytes];
        if (StatX(WorkingDirectory, path, LinkItself, TypeAndInode, bytes) != 0)
        {
            status = default;
            return Marshal.GetLastPInvokeError();
        }

        bool isSocket = (MemoryMarshal.Read<ushort>(bytes[ModeAt..]) & FileTypeMask) == SocketType;
        status = new FileStatus(isSocket, MemoryMarshal.Read<ulong>(bytes[DeviceAt..]), MemoryMarshal.Read<ulong>(bytes[InodeAt..]));
        return 0;
    }

    /// <summary>Keeps the programs that this process starts from inheriting an open descriptor. That cannot fail.</summary>
    public static void CloseOnExec(SafeHandle descriptor)
    {
        const int SetFlags = 2; // F_SETFD
        const int CloseOnExecFlag = 1; // FD_CLOEXEC
        _ = FCntl(descriptor, SetFlags, CloseOnExecFlag);
    }

    /// <summary>Opens a file or a directory; the result is invalid where that fails.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        const int CloseOnExecFlag = 0x80000; // O_RDONLY | O_CLOEXEC
        return Open(path, CloseOnExecFlag);
    }

    /// <summary>Locks an open file or directory for the process alone, without waiting.</summary>
    /// <returns>An errno, 0 for success.</returns>
    public static int TryLock(SafeHandle descriptor)
    {
        const int ExclusiveAtOnce = 6; // LOCK_EX | LOCK_NB
        return FLock(descriptor, ExclusiveAtOnce) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeHandle descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FCntl(SafeHandle descriptor, int command, int value);
}
