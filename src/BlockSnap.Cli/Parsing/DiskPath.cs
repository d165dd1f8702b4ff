namespace BlockSnap.Cli;

/// <summary>
/// DISK or DISK@SNAPSHOT as it was typed; the disk is a name or an id. Neither part can contain an '@'.
/// </summary>
internal sealed record DiskPath(string Disk, string? Snapshot)
{
    private const char Separator = '@';

    /// <returns>Whether the text has one or two parts, none of them empty.</returns>
    public static bool TryParse(string text, out DiskPath path)
    {
        string[] parts = text.Split(Separator);
        path = new DiskPath(parts[0], parts.Length > 1 ? parts[1] : null);
        return parts.Length <= 2 && parts.All(part => part.Length > 0);
    }

    public override string ToString() => Snapshot is null ? Disk : Disk + Separator + Snapshot;
}
