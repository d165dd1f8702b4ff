namespace BlockSnap.Cli;

/// <summary>Opens the raw image that a command reads.</summary>
internal static class ImageSource
{
    /// <summary>What stands for the standard streams on the command line.</summary>
    public const string StandardStream = "-";

    public static Stream Open(string file, CommandConsole console)
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

        // Read in pieces of a MiB: a buffer of the stream's own would only be copied through.
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
    }
}
