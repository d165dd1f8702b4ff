namespace BlockSnap.Cli;

/// <summary>
/// Writes the raw image of an export. A file appears under its name only when it is whole, and stays whole if the power fails: it is written
/// under another name in the same directory, flushed, then renamed. Devices and pipes are written to directly.
/// </summary>
internal static class ImageTarget
{
    private const string DeviceFolder = "/dev/";

    /// <summary>Whether the file is standard output, which then must carry nothing but the image.</summary>
    public static bool IsOutput(string file) => file is ImageSource.StandardStream or "/dev/stdout";

    /// <param name="file">Where to, as it was typed.</param>
    /// <param name="pool">The directory of the pool that is read: nothing may be written among its files.</param>
    /// <param name="console">Has standard output, and the directory that relative paths count from.</param>
    /// <param name="write">Writes the content.</param>
    public static async Task WriteAsync(string file, string pool, CommandConsole console, Func<Stream, Task> write)
    {
        if (IsOutput(file))
        {
            await write(new InterruptibleStream(console.OpenOutput()));
            return;
        }

        string path = Path.GetFullPath(file, console.Folder);
        if (Directory.Exists(path))
        {
            throw new IOException($"'{file}' is a directory.");
        }

        if (OpenAsDevice(path) is { } device)
        {
            await using (device)
            {
                await write(new InterruptibleStream(device));
            }
        }
        else
        {
            // A link stays; the file that it leads to is replaced.
            path = Resolve(new FileInfo(path));
            if (Path.GetDirectoryName(path) is { } folder && Resolve(new DirectoryInfo(folder)) == Resolve(new DirectoryInfo(pool)))
            {
                throw new IOException($"'{file}' is among the files of the pool, which it could replace. Name a file elsewhere.");
            }

            await WriteFileAsync(path, write);
        }
    }

    private static string Resolve(FileSystemInfo entry) =>
        entry.LinkTarget is null ? entry.FullName : entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName;

    /// <summary>
    /// Opens what a new file must not replace: pipes, and devices, which have no length. Holes cannot be skipped there, so the stream is
    /// used without seeking and holes are written as zeros.
    /// </summary>
    private static FileStream? OpenAsDevice(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // Opened for reading too: opening a pipe only for writing would wait for its reader. For a file without write permission it throws.
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        if (!stream.CanSeek || (stream.Length == 0 && path.StartsWith(DeviceFolder, StringComparison.Ordinal)))
        {
            return stream;
        }

        stream.Dispose();
        return null;
    }

    private static async Task WriteFileAsync(string path, Func<Stream, Task> write)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no directory '{folder}'.");
        }

        string partial = $"export-{Path.GetRandomFileName()}"; // a name that a device takes
        string partialPath = Path.Combine(folder, partial);
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path) : null;
        try
        {
            await using (var stream = new FileStream(partialPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                SetMode(mode | UnixFileMode.UserRead | UnixFileMode.UserWrite);
                await write(stream);
            }

            using var device = new DirectoryDevice(folder, create: false);
            using (IDeviceFile written = device.Open(partial, DeviceFileMode.Open))
            {
                written.Flush();
            }

            SetMode(mode);
            File.Move(partialPath, path, overwrite: true);
            device.FlushNames();
        }
        catch
        {
            File.Delete(partialPath);
            throw;
        }

        void SetMode(UnixFileMode? mode)
        {
            if (mode is { } set && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(partialPath, set);
            }
        }
    }
}
