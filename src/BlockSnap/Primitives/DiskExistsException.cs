namespace BlockSnap;

/// <summary>A disk was to be created or renamed to a name that is taken.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class DiskExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="diskName">Name that is taken.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public DiskExistsException(string diskName, Exception? innerException = null)
        : base($"There already is a disk '{diskName}' in the pool. Choose another name, or delete that disk first.", innerException)
    {
        DiskName = diskName;
    }

    /// <inheritdoc/>
    public override string Code => "disk-exists";

    /// <summary>Name that is taken.</summary>
    public string DiskName { get; }
}
