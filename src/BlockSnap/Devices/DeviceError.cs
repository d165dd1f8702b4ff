using System.Runtime.InteropServices;

namespace BlockSnap.Devices;

/// <summary>
/// Makes one kind of error out of the many in which the system and the framework report a failure of the storage: an
/// <see cref="PoolFullException"/> for want of space, a <see cref="TooManyFilesException"/> for want of descriptors, and otherwise an
/// <see cref="IOException"/> that says what was done to which file.
/// </summary>
internal static class DeviceError
{
    // HRESULT_FROM_WIN32 of ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_DISK_QUOTA_EXCEEDED.
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsQuotaExceeded = unchecked((int)0x8007050F);

    /// <summary>Whether the framework means a failure of the storage by this exception.</summary>
    /// <remarks>
    /// It turns EACCES, EPERM and EBADF into UnauthorizedAccessException, EFBIG into ArgumentOutOfRangeException and ECANCELED into
    /// OperationCanceledException. Arguments are checked before, so none of these is the caller's mistake here.
    /// </remarks>
    public static bool IsStorageFailure(Exception failure) =>
        failure is (IOException and not BlockSnapException)
            or UnauthorizedAccessException
            or ArgumentOutOfRangeException
            or OperationCanceledException;

    /// <summary>The error for a failed system call.</summary>
    /// <param name="errno">What it returned.</param>
    /// <param name="action">What was tried, as a noun phrase: "Flushing '/pool/log-1'".</param>
    /// <param name="requestedBytes">Bytes that space was wanted for, or null when that is not known.</param>
    public static IOException FromErrno(int errno, string action, long? requestedBytes = null)
    {
        var failure = new IOException($"{action} failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).{Advice(errno)}", errno);
        return IsFull(errno) ? new PoolFullException(requestedBytes, null, failure)
            : IsTooManyFiles(errno) ? new TooManyFilesException(action, failure)
            : failure;
    }

    /// <summary>The error for an exception of the framework for which <see cref="IsStorageFailure"/> is true.</summary>
    public static IOException FromException(Exception failure, string action, long? requestedBytes = null)
    {
        // On Unix the framework puts the bare errno there.
        int code = failure.HResult;
        bool isFull = OperatingSystem.IsWindows()
            ? code is WindowsHandleDiskFull or WindowsDiskFull or WindowsQuotaExceeded
            : IsFull(code);
        return isFull ? new PoolFullException(requestedBytes, null, failure)
            : !OperatingSystem.IsWindows() && IsTooManyFiles(code) ? new TooManyFilesException(action, failure)
            : new IOException($"{action} failed: {failure.Message.TrimEnd('.')}.{Advice(code)}", failure) { HResult = code };
    }

    // What to do about a mistake in the surroundings, which is no failure of the device.
    private static string Advice(int errno) => errno switch
    {
        _ when OperatingSystem.IsWindows() => "",
        Errno.AccessDenied or Errno.NotPermitted =>
            " The user of this process needs the right to read and write there, and to enter every directory above.",
        Errno.ReadOnlyFileSystem =>
            " The file system is mounted read-only: mount it for writing, or check why the system made it read-only.",
        _ => "",
    };

    private static bool IsTooManyFiles(int errno) => errno is Errno.TooManyFiles or Errno.TooManyFilesInSystem;

    private static bool IsFull(int errno) => errno == Errno.NoSpace || errno == Errno.QuotaExceeded;
}
