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
        : base(
            $"The {structure} has format version {foundVersion}; this build reads versions up to {supportedVersion}. "
            + $"Use a build of BlockSnap that knows version {foundVersion}.")
    {
        Structure = structure;
        Fact = "format version";
        FoundVersion = foundVersion;
        SupportedVersion = supportedVersion;
    }

    /// <summary>Creates the error for something other than the version.</summary>
    /// <param name="structure">What carries it: "superblock", "log record".</param>
    /// <param name="fact">What is unknown: "required features", "checksum algorithm".</param>
    /// <param name="found">Its number, or the mask of what was found.</param>
    /// <param name="supported">The number or mask that this build knows.</param>
    public UnsupportedFormatException(string structure, string fact, long found, long supported)
        : base($"The {structure} has {fact} 0x{found:x}; this build knows 0x{supported:x}. Use a newer build of BlockSnap; nothing was changed.")
    {
        Structure = structure;
        Fact = fact;
        FoundVersion = found;
        SupportedVersion = supported;
    }

    /// <inheritdoc/>
    public override string Code => "unsupported-format";

    /// <summary>What carries the version.</summary>
    public string Structure { get; }

    /// <summary>What is unknown: "format version", "required features", "checksum algorithm".</summary>
    public string Fact { get; }

    /// <summary>Version, number or mask that was found.</summary>
    public long FoundVersion { get; }

    /// <summary>Newest version, the number or the mask that this build knows.</summary>
    public long SupportedVersion { get; }
}
