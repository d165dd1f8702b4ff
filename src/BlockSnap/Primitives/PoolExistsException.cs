namespace BlockSnap;

/// <summary>A pool was to be created where one already is, or where other files are: <see cref="Code"/> tells which.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolExistsException : BlockSnapException
{
    private const string PoolCode = "pool-exists";
    private const string OtherFilesCode = "directory-not-empty";

    /// <summary>Creates the error.</summary>
    /// <param name="path">Path of the pool that is there.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolExistsException(string path, Exception? innerException = null)
        : base($"There already is a pool at '{path}'. Open it, or choose another path.", innerException)
    {
        Path = path;
        Code = PoolCode;
    }

    private PoolExistsException(string path, string message, string code)
        : base(message, null)
    {
        Path = path;
        Code = code;
    }

    /// <inheritdoc/>
    public override string Code { get; }

    /// <summary>Path of the pool, or of the other files, that are there.</summary>
    public string Path { get; }

    /// <summary>Where a pool was to be created there are files, and none of them is a pool's superblock.</summary>
    internal static PoolExistsException OfOtherFiles(string path) =>
        new(path, $"There are other files at '{path}', and a pool needs a new or empty directory. Choose another path.", OtherFilesCode);
}
