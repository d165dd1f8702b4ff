namespace BlockSnap;

/// <summary>Something changed under the operation, or runs beside it, so that it could not go on.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class ConflictException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="what">What collided, as a sentence without its full stop.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public ConflictException(string what, Exception? innerException = null)
        : base($"{what}. Look at the present state, then try again.", innerException)
    {
        What = what;
    }

    /// <inheritdoc/>
    public override string Code => "conflict";

    /// <summary>What collided, as a sentence without its full stop.</summary>
    public string What { get; }
}
