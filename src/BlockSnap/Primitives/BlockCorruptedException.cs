using System.Globalization;
using System.Text;

namespace BlockSnap;

/// <summary>Stored data of a disk failed its check and was not returned.</summary>
/// <remarks>Facts that are not known where the damage was found are null. Instances are immutable and safe to read from any thread.</remarks>
public sealed class BlockCorruptedException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="what">What failed, as the start of a sentence: "The block checksum does not match".</param>
    /// <param name="diskName">Name of the disk, or null when it is not known.</param>
    /// <param name="offsetBytes">First damaged byte on the disk, or null when it is not known.</param>
    /// <param name="lengthBytes">Number of damaged bytes, or null when it is not known.</param>
    /// <param name="expected">Checksum that was stored with the data, or null.</param>
    /// <param name="actual">Checksum of the data as read, or null.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public BlockCorruptedException(
        string what,
        string? diskName = null,
        long? offsetBytes = null,
        long? lengthBytes = null,
        ulong? expected = null,
        ulong? actual = null,
        Exception? innerException = null)
        : base(Describe(what, diskName, offsetBytes, lengthBytes, expected, actual), innerException)
    {
        What = what;
        DiskName = diskName;
        OffsetBytes = offsetBytes;
        LengthBytes = lengthBytes;
        Expected = expected;
        Actual = actual;
    }

    /// <inheritdoc/>
    public override string Code => "corrupted";

    /// <summary>Name of the disk, or null when it is not known.</summary>
    public string? DiskName { get; }

    /// <summary>First damaged byte on the disk, or null when it is not known.</summary>
    public long? OffsetBytes { get; }

    /// <summary>Number of damaged bytes from <see cref="OffsetBytes"/> on, or null when it is not known.</summary>
    public long? LengthBytes { get; }

    /// <summary>What failed, as the start of a sentence.</summary>
    public string What { get; }

    /// <summary>Checksum that was stored with the data, or null.</summary>
    public ulong? Expected { get; }

    /// <summary>Checksum of the data as read, or null.</summary>
    public ulong? Actual { get; }

    private static string Describe(string what, string? diskName, long? offsetBytes, long? lengthBytes, ulong? expected, ulong? actual)
    {
        var text = new StringBuilder(what);
        if (expected is { } stored && actual is { } read)
        {
            text.Append(CultureInfo.InvariantCulture, $" (expected 0x{stored:x16}, found 0x{read:x16})");
        }

        if (diskName is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" on disk '{diskName}'");
        }

        if (offsetBytes is { } offset)
        {
            text.Append(CultureInfo.InvariantCulture, $" at byte {offset}");
        }

        if (lengthBytes is { } length)
        {
            text.Append(CultureInfo.InvariantCulture, $", {length} bytes long");
        }

        const string Advice = "No data was returned. Scrub the pool to find all damage, then write the range anew or restore it from a backup.";
        return text.Append(". ").Append(Advice).ToString();
    }
}
