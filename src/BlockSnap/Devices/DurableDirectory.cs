using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Devices;

/// <summary>Creates directories so that they are still there after a power cut.</summary>
internal static class DurableDirectory
{
    /// <summary>Creates a directory and its missing parents. One that exists is made durable too.</summary>
    /// <exception cref="IOException">A directory could not be created or synced, or a file is in the way.</exception>
    public static void Create(string fullPath)
    {
        List<string> created = MissingLevels(fullPath);
        try
        {
            Directory.CreateDirectory(fullPath);
        }
        catch (Exception failure) when (DeviceError.IsStorageFailure(failure))
        {
            throw DeviceError.FromException(failure, $"Creating the directory '{fullPath}'");
        }

        if (OperatingSystem.IsWindows())
        {
            return; // As in DirectoryDevice.FlushNames: there is no call for it, NTFS journals names.
        }

        // The entry of a directory stands in its parent. One that existed may be left from an attempt that died before this line,
        // so its parent is synced as well.
        foreach (string level in created)
        {
            SyncParent(level, isOurs: true);
        }

        if (created.Count == 0)
        {
            SyncParent(fullPath, isOurs: false);
        }
    }

    private static List<string> MissingLevels(string fullPath)
    {
        var missing = new List<string>();
        for (string? level = fullPath; level is not null && !Directory.Exists(level); level = Path.GetDirectoryName(level))
        {
            missing.Add(level);
        }

        missing.Reverse(); // Outermost first: an entry is worth syncing once the directory it is in is durable.
        return missing;
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void SyncParent(string path, bool isOurs)
    {
        string? parent = Path.GetDirectoryName(path);
        if (parent is null)
        {
            return; // The root of a file system has no entry.
        }

        int errno = Libc.OpenDirectory(parent, out SafeFileHandle handle);
        using (handle)
        {
            if (errno == Errno.AccessDenied && !isOurs)
            {
                return; // Somebody gave us a directory inside one we may not read; its entry is their affair.
            }

            if (errno == 0)
            {
                errno = Libc.Sync(handle);
            }
        }

        if (errno != 0)
        {
            throw DeviceError.FromErrno(errno, $"Flushing the directory '{parent}'");
        }
    }
}
