namespace BlockSnap;

/// <summary>The bytes are of a format version this build does not know. Nothing was interpreted or changed.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class UnsupportedFormatException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="structure">What carries the version: "pool", "export stream".</param>
    /// <param name="foundVersion">Version that was found.</param>
    /// <param name="supportedVersion">Newest version this build reads.</param>
    public UnsupportedFormatException(string structure, long foundVersion, long supportedVersion)
        : base($"The {structure} has format version {foundVersion}; this build reads versions up to {supportedVersion}. Use a build of BlockSnap that knows version {foundVersion}.")
    {
        Structure = structure;
        FoundVersion = foundVersion;
        SupportedVersion = supportedVersion;
    }

    /// <inheritdoc/>
    public override string Code => "unsupported-format";

    /// <summary>What carries the version.</summary>
    public string Structure { get; }

    /// <summary>Version that was found.</summary>
    public long FoundVersion { get; }

    /// <summary>Newest version this build reads.</summary>
    public long SupportedVersion { get; }
}
