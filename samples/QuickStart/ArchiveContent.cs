using System.Formats.Tar;
using System.Runtime.InteropServices;
using BlockSnap;

namespace QuickStart;

/// <summary>A tar archive of the files of the running .NET runtime: real data that is on every machine that can run this sample.</summary>
internal sealed class ArchiveContent : Content
{
    private readonly string _source = RuntimeEnvironment.GetRuntimeDirectory();

    public override string Description => $"a tar archive of {_source}";

    public override string Unit => "files";

    /// <summary>Far more than the archive needs: a disk is sparse, what is not written costs nothing.</summary>
    public override long DiskSize => 4L << 30;

    public override async Task<IReadOnlyList<Piece>> WriteToAsync(IDisk disk)
    {
        var pieces = new List<Piece>();
        await using Stream stream = disk.AsStream();
        await using var writer = new TarWriter(stream);
        foreach (string path in Directory.EnumerateFiles(_source).Order(StringComparer.Ordinal))
        {
            // The file is read twice, once for the archive and once for the hash: the two must agree in the end.
            string name = Path.GetFileName(path);
            await writer.WriteEntryAsync(path, name);
            byte[] bytes = await File.ReadAllBytesAsync(path);

            // An entry is a header and the file's bytes, filled up to a multiple of 512.
            long offset = stream.Position - (bytes.Length + 511L) / 512 * 512;
            pieces.Add(Piece.Of(name, offset, bytes));
        }

        return pieces;
    }

    protected override IEnumerable<Piece> Read(Stream disk)
    {
        using var reader = new TarReader(disk, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            byte[] bytes = new byte[entry.Length];
            entry.DataStream?.ReadExactly(bytes);
            yield return Piece.Of(entry.Name, entry.DataOffset, bytes);
        }
    }
}
