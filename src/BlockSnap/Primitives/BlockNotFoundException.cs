namespace BlockSnap;

/// <summary>
/// A block store has no block of that name: it was never stored, its last reference was released, or a crash lost it before a root was published.
/// </summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class BlockNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="id">Name of the block that was looked for.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public BlockNotFoundException(BlockId id, Exception? innerException = null)
        : base(
            $"There is no block {id} in the store. Keep a reference to every block that is still needed, and publish a root that names it.",
            innerException)
    {
        Id = id;
    }

    /// <inheritdoc/>
    public override string Code => "block-not-found";

    /// <summary>Name of the block that was looked for.</summary>
    public BlockId Id { get; }
}
