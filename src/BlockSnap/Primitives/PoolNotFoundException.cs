namespace BlockSnap;

/// <summary>There is no pool at the path.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">Path where the pool was looked for.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolNotFoundException(string path, Exception? innerException = null)
        : base($"There is no pool at '{path}'. Check the path, or create a pool there.", innerException)
    {
        Path = path;
    }

    /// <inheritdoc/>
    public override string Code => "pool-not-found";

    /// <summary>Path where the pool was looked for.</summary>
    public string Path { get; }
}
