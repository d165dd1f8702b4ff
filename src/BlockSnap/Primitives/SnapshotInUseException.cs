namespace BlockSnap;

/// <summary>A snapshot cannot go because others rest on it: clones, holds, open readers.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class SnapshotInUseException : BlockSnapException
{
    // A message is for reading: a snapshot with a thousand clones shall not make it pages long. Users has them all.
    private const int UsersNamedMax = 5;

    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name of the disk.</param>
    /// <param name="snapshotName">Name of the snapshot.</param>
    /// <param name="users">Who uses it, each in words: "clone 'vm2'", "hold 'backup'". Copied.</param>
    public SnapshotInUseException(string diskName, string snapshotName, IReadOnlyCollection<string> users)
        : base(Describe(diskName, snapshotName, users))
    {
        DiskName = diskName;
        SnapshotName = snapshotName;
        Users = [.. users];
    }

    /// <inheritdoc/>
    public override string Code => "snapshot-in-use";

    /// <summary>Name of the disk.</summary>
    public string DiskName { get; }

    /// <summary>Name of the snapshot.</summary>
    public string SnapshotName { get; }

    /// <summary>Who uses the snapshot, all of them, each in words.</summary>
    public IReadOnlyList<string> Users { get; }

    private static string Describe(string diskName, string snapshotName, IReadOnlyCollection<string> users)
    {
        ArgumentNullException.ThrowIfNull(users);
        string named = string.Join(", ", users.Take(UsersNamedMax));
        string more = users.Count > UsersNamedMax ? $" and {users.Count - UsersNamedMax} more" : "";
        return $"The snapshot '{diskName}@{snapshotName}' is in use by {named}{more}. "
            + "Delete or release these first; clones need not go, a deletion with force leaves them working.";
    }
}
