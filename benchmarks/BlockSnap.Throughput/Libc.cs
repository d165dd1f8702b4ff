using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Throughput;

/// <summary>
/// The system calls of the raw file. The framework's own flush hides a failed fsync on Linux, and it has no call for the page cache or for
/// the blocks that a file occupies.
/// </summary>
internal static partial class Libc
{
    private const int NoEntry = 2; // ENOENT
    private const int Interrupted = 4; // EINTR
    private const int AdviseDontNeed = 4; // POSIX_FADV_DONTNEED
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint WantBlocks = 0x400; // STATX_BLOCKS
    private const int StatxBytes = 256;
    private const int StatxBlocksAt = 48; // stx_blocks, the same on every architecture
    private const int StatxBlockBytes = 512;

    /// <summary>fdatasync.</summary>
    public static void DataSync(SafeFileHandle file)
    {
        while (fdatasync(file) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != Interrupted)
            {
                throw new IOException("fdatasync: " + new Win32Exception(errno).Message);
            }
        }
    }

    /// <summary>Drops the file's clean pages from the page cache. Dirty ones stay: sync first.</summary>
    public static void DropCache(SafeFileHandle file)
    {
        int errno = posix_fadvise(file, 0, 0, AdviseDontNeed);
        if (errno != 0)
        {
            throw new IOException("posix_fadvise: " + new Win32Exception(errno).Message);
        }
    }

    /// <summary>The bytes that a file occupies on its device, which is not its length. 0 when there is no such file.</summary>
    public static unsafe long AllocatedBytes(string path)
    {
        byte* status = stackalloc byte[StatxBytes];
        if (statx(CurrentDirectory, path, 0, WantBlocks, status) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == NoEntry ? 0 : throw new IOException($"statx '{path}': " + new Win32Exception(errno).Message);
        }

        return *(long*)(status + StatxBlocksAt) * StatxBlockBytes;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int directory, string path, int flags, uint mask, byte* status);
}
