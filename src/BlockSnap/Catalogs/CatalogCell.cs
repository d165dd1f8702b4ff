using System.Buffers.Binary;
using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>
/// The layout of the catalog's pages: cells of 256 bytes. An item begins with its kind and length and takes as many cells as it needs;
/// a cell of zeros is free.
/// </summary>
internal static class CatalogCell
{
    public const int Bytes = 256;
    public const int PageBytes = 4096;
    public const int CellsPerPage = PageBytes / Bytes;
    public const int HeadBytes = 8;

    public static int CellsFor(int payloadBytes) => (HeadBytes + payloadBytes + Bytes - 1) / Bytes;

    public static void WriteHead(Span<byte> cell, ItemKind kind, int payloadBytes)
    {
        cell[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(cell[4..], payloadBytes);
    }

    public static (ItemKind Kind, int PayloadBytes) ReadHead(ReadOnlySpan<byte> cell) =>
        ((ItemKind)cell[0], BinaryPrimitives.ReadInt32LittleEndian(cell[4..]));
}
