namespace BlockSnap;

/// <summary>A structure of the pool itself is damaged or missing, beyond what recovery repairs.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolCorruptedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="structure">File or structure that is damaged: "data-00000017", "superblock".</param>
    /// <param name="detail">What is wrong with it, as the end of a sentence without its full stop.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolCorruptedException(string structure, string detail, Exception? innerException = null)
        : base(
            $"The pool is damaged in '{structure}': {detail}. Repair makes a new pool of all that is still readable, and a dry run of it tells what "
            + "that is; or restore the pool from a backup.",
            innerException)
    {
        Structure = structure;
        Detail = detail;
    }

    /// <inheritdoc/>
    public override string Code => "pool-corrupted";

    /// <summary>File or structure that is damaged.</summary>
    public string Structure { get; }

    /// <summary>What is wrong with it.</summary>
    public string Detail { get; }
}
