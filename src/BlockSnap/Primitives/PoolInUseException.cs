namespace BlockSnap;

/// <summary>Another process, or another pool object in this one, has the pool open.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolInUseException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">Path of the pool, or what its device is called.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolInUseException(string path, Exception? innerException = null)
        : base($"The pool at '{path}' is in use. Close the process or pool object that has it open, then try again.", innerException)
    {
        Path = path;
    }

    /// <inheritdoc/>
    public override string Code => "pool-in-use";

    /// <summary>Path of the pool, or what its device is called.</summary>
    public string Path { get; }
}
