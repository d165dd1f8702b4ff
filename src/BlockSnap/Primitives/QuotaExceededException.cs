namespace BlockSnap;

/// <summary>A disk has as many snapshots as its quota allows.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class QuotaExceededException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="limit">The number of snapshots the disk may have.</param>
    /// <param name="diskName">The disk.</param>
    public QuotaExceededException(int limit, string diskName)
        : base($"Disk '{diskName}' has {limit} snapshots, as many as its quota allows. Delete some, or raise the quota.")
    {
        Limit = limit;
        DiskName = diskName;
    }

    /// <inheritdoc/>
    public override string Code => "quota-exceeded";

    /// <summary>The number of snapshots the disk may have.</summary>
    public int Limit { get; }

    /// <summary>The disk.</summary>
    public string DiskName { get; }
}
