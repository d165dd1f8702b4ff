namespace BlockSnap;

/// <summary>
/// The process, or the machine, has as many files open as it may. What is stored is whole, and what was asked can be tried again. Raise the limit
/// (<c>ulimit -n</c>, <c>LimitNOFILE=</c> of a service), or close other files.
/// </summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class TooManyFilesException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="action">What was tried, as a noun phrase.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public TooManyFilesException(string action, Exception? innerException = null)
        : base(
            $"{action} failed: too many files are open. Nothing is lost. Raise the limit of open files (ulimit -n) or close some, then try again.",
            innerException)
    {
    }

    /// <inheritdoc/>
    public override string Code => "too-many-files";
}
