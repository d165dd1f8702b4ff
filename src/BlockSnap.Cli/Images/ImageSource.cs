namespace BlockSnap.Cli;

/// <summary>Opens the raw image that a command reads.</summary>
internal static class ImageSource
{
    /// <summary>What stands for the standard streams on the command line.</summary>
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

        // A pipe opens when somebody writes to it, and no sooner for any signal: that thread ends with the process.
        // Read in pieces of a MiB: a buffer of the stream's own would only be copied through.
        return await Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan), CancellationToken.None)
            .WaitAsync(cancellationToken);
    }
}
