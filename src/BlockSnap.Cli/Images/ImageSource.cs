namespace BlockSnap.Cli;

/// <summary>Opens the raw image that a command reads.</summary>
internal static class ImageSource
{
    /// <summary>The word that stands for a standard stream on the command line.</summary>
    public const string StandardStream = "-";

    public static async Task<Stream> OpenAsync(string file, CommandConsole console, CancellationToken cancellationToken)
    {
        if (file == StandardStream)
        {
            return new InterruptibleStream(console.OpenInput());
        }

        string path = Path.GetFullPath(file, console.Folder);
        if (Directory.Exists(path))
        {
            throw new IOException($"'{file}' is a directory.");
        }

        // Opening a pipe blocks until somebody writes to it, and no signal ends that: a cancelled thread stays until the process ends.
        return await Task.Run(() => OpenFile(path), CancellationToken.None).WaitAsync(cancellationToken);
    }

    // Without a buffer: the image is read in pieces of a MiB, which one would only copy.
    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
}
