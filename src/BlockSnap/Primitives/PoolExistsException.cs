namespace BlockSnap;

/// <summary>A pool was to be created where one already is.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">Path of the pool that is there.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolExistsException(string path, Exception? innerException = null)
        : base($"There already is a pool at '{path}'. Open it, or choose another path.", innerException)
    {
        Path = path;
    }

    /// <inheritdoc/>
    public override string Code => "pool-exists";

    /// <summary>Path of the pool that is there.</summary>
    public string Path { get; }
}
