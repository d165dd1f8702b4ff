namespace BlockSnap.Cli;

/// <summary>Opens the raw image that a command reads.</summary>
internal static class ImageSource
{
    /// <summary>What stands for the standard streams on the command line.</summary>
    public const string StandardStream = "-";

    public static Stream Open(string file, CommandConsole console) => file == StandardStream
        ? new InterruptibleStream(console.OpenInput())
        // Read in pieces of a MiB: a buffer of the stream's own would only be copied through.
        : new FileStream(Path.GetFullPath(file, console.Folder), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
}
