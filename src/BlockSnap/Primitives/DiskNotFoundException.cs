namespace BlockSnap;

/// <summary>The pool has no disk of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class DiskNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name of the disk that was looked for.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public DiskNotFoundException(string diskName, Exception? innerException = null)
        : base($"There is no disk '{diskName}' in the pool. List the disks to see their names.", innerException)
    {
        DiskName = diskName;
    }

    /// <inheritdoc/>
    public override string Code => "disk-not-found";

    /// <summary>Name of the disk that was looked for.</summary>
    public string DiskName { get; }
}
