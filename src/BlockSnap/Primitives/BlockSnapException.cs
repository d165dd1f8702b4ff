namespace BlockSnap;

/// <summary>
/// Base of every error BlockSnap raises on its own account. It is an <see cref="IOException"/>, so code that already handles
/// storage errors handles these too; errors of the operating system that BlockSnap adds nothing to stay plain <see cref="IOException"/>s.
/// </summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public abstract class BlockSnapException : IOException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What happened and what to do about it, as whole sentences.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    protected BlockSnapException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Stable name of the kind of error in kebab case, such as <c>corrupted</c>. Scripts match on it in the command's JSON,
    /// so a released code never changes its spelling or meaning.
    /// </summary>
    public abstract string Code { get; }
}
