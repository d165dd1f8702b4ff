namespace BlockSnap;

/// <summary>
/// An earlier write or flush failed, so the pool no longer knows what reached the disk and accepts nothing more.
/// <see cref="Exception.InnerException"/> is that first failure.
/// </summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolFaultedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="firstFailure">The failure that put the pool into this state.</param>
    public PoolFaultedException(Exception firstFailure)
        : base(
            $"The pool stopped after a failure ({Reason(firstFailure)}). What was acknowledged as durable before it is kept. "
            + "Remove the cause, then close and reopen the pool.",
            firstFailure)
    {
    }

    /// <inheritdoc/>
    public override string Code => "pool-faulted";

    // Before the base constructor runs there is no other place to check the argument.
    private static string Reason(Exception firstFailure)
    {
        ArgumentNullException.ThrowIfNull(firstFailure);
        return firstFailure.Message.TrimEnd('.');
    }
}
