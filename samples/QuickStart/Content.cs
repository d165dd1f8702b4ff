using System.Security.Cryptography;
using System.Text;
using BlockSnap;

namespace QuickStart;

/// <summary>A part of the content that can be told apart when it is read back: a file of the archive, a piece of the image.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Offset">Where on the disk its bytes start.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Hash">The SHA-256 of its bytes, in hexadecimal.</param>
internal sealed record Piece(string Name, long Offset, int Length, string Hash)
{
    public static Piece Of(string name, long offset, ReadOnlySpan<byte> bytes) =>
        new(name, offset, bytes.Length, Convert.ToHexString(SHA256.HashData(bytes)));
}

/// <summary>
/// What the sample puts on a disk. A list of pieces says what a disk is expected to hold; reading the disk gives another list, to compare.
/// </summary>
internal abstract class Content
{
    public abstract string Description { get; }

    /// <summary>What a piece is called in a sentence, in the plural.</summary>
    public abstract string Unit { get; }

    /// <summary>The size of the disk to make, in bytes.</summary>
    public abstract long DiskSize { get; }

    /// <summary>Writes the content to the start of the disk; the pieces are computed from the source, not from the disk.</summary>
    public abstract Task<IReadOnlyList<Piece>> WriteToAsync(IDisk disk);

    /// <summary>What else there is to do with the first snapshot.</summary>
    public virtual Task FinishAsync(IDisk full) => Task.CompletedTask;

    /// <summary>Overwrites some of the pieces in place and returns what the disk holds then.</summary>
    public static IReadOnlyList<Piece> Overwrite(IDisk disk, IReadOnlyList<Piece> pieces, int every, string text) =>
        [.. pieces.Select((piece, index) =>
        {
            if (index % every != 0)
            {
                return piece;
            }

            byte[] bytes = new byte[piece.Length];
            byte[] pattern = Encoding.UTF8.GetBytes($"{text} of {piece.Name}\n");
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = pattern[i % pattern.Length];
            }

            disk.Write(piece.Offset, bytes);
            return Piece.Of(piece.Name, piece.Offset, bytes);
        })];

    /// <summary>Discards everything after the last piece that stays, and returns what the disk holds then. (Zeros end a tar archive.)</summary>
    public static IReadOnlyList<Piece> DeleteLast(IDisk disk, IReadOnlyList<Piece> pieces, int count)
    {
        IReadOnlyList<Piece> kept = [.. pieces.SkipLast(count)];
        if (kept.Count < pieces.Count)
        {
            Piece last = kept[^1];
            long end = last.Offset + last.Length;
            long blockEnd = Math.Min(disk.Size, (end + disk.BlockSize.Bytes - 1) / disk.BlockSize.Bytes * disk.BlockSize.Bytes);

            // Discard gives back whole blocks, so the rest of the block in which the last piece ends is zeroed.
            disk.WriteZeroes(end, blockEnd - end);
            disk.Discard(blockEnd, disk.Size - blockEnd);
        }

        return kept;
    }

    /// <summary>Reads the disk and compares every piece with what it should be.</summary>
    public void Verify(IDisk disk, IReadOnlyList<Piece> expected)
    {
        using Stream stream = disk.AsStream();
        List<Piece> actual = [.. Read(stream)];
        foreach (var (want, got) in expected.Zip(actual))
        {
            Require(want == got, $"{disk.Name} holds {got} where {want} was expected");
        }

        Require(actual.Count == expected.Count, $"{disk.Name} holds {actual.Count} {Unit}, expected {expected.Count}");
    }

    public static void Require(bool condition, string failure)
    {
        if (!condition)
        {
            throw new InvalidDataException(failure);
        }
    }

    /// <summary>Reads the pieces out of the disk's stream.</summary>
    protected abstract IEnumerable<Piece> Read(Stream disk);
}
