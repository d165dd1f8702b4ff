namespace BlockSnap;

/// <summary>A snapshot was asked of a pool that is suspended.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolSuspendedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="reason">Why the pool was suspended.</param>
    public PoolSuspendedException(string reason)
        : base(
            $"The pool is suspended and makes no snapshots ({reason}). Reading, writing, rollback and retention go on; "
            + "resume the pool to make snapshots again.")
    {
        Reason = reason;
    }

    /// <inheritdoc/>
    public override string Code => "pool-suspended";

    /// <summary>Why the pool was suspended.</summary>
    public string Reason { get; }
}
