using BlockSnap;

namespace QuickStart;

/// <summary>A raw disk image, seen as pieces of a fixed length; a piece of zeros does not count, so that zeroing a piece deletes it.</summary>
/// <param name="path">The image.</param>
/// <param name="directory">Where the exported image goes.</param>
internal sealed class ImageContent(string path, string directory) : Content
{
    private const int PieceBytes = 256 << 10;

    public override string Description => $"the raw disk image {path}";

    public override string Unit => "pieces";

    public override long DiskSize => new FileInfo(path).Length;

    public override async Task<IReadOnlyList<Piece>> WriteToAsync(IDisk disk)
    {
        await using Stream image = File.OpenRead(path);
        await DiskImage.ImportAsync(image, disk);
        image.Position = 0;
        return [.. Read(image)];
    }

    /// <summary>Exports the first snapshot and compares the file with the image.</summary>
    public override async Task FinishAsync(IDisk full)
    {
        var report = new Report("Back to a raw image");
        string exported = Path.Combine(directory, "exported.raw");
        await using (Stream destination = File.Create(exported))
        {
            await DiskImage.ExportAsync(full, destination);
        }

        report.Done("export full");
        await using Stream image = File.OpenRead(path);
        await using Stream copy = File.OpenRead(exported);
        Require(copy.Length == image.Length, $"the exported image has {copy.Length} bytes, expected {image.Length}");
        Require(Read(copy).SequenceEqual(Read(image)), "the exported image differs");
        report.Done("compare it with the original");
    }

    protected override IEnumerable<Piece> Read(Stream disk)
    {
        byte[] buffer = new byte[PieceBytes];
        long offset = 0;
        for (int length; (length = disk.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0; offset += length)
        {
            ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, length);
            if (!BlockDiffer.IsZero(bytes.Span))
            {
                yield return Piece.Of($"piece {offset / PieceBytes}", offset, bytes.Span);
            }
        }
    }
}
