namespace BlockSnap;

/// <summary>A change was asked of a pool, disk or snapshot that is open for reading only.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolReadOnlyException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="operation">What was refused, as a noun phrase: writing to disk 'vm1'.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolReadOnlyException(string operation, Exception? innerException = null)
        : base(
            $"Only reading is allowed here, so {operation} was refused. Open the pool or disk for writing, or write to a clone of the snapshot.",
            innerException)
    {
        Operation = operation;
    }

    /// <inheritdoc/>
    public override string Code => "read-only";

    /// <summary>What was refused, as a noun phrase: writing to disk 'vm1'.</summary>
    public string Operation { get; }
}
