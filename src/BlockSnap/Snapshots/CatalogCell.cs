using System.Buffers.Binary;

namespace BlockSnap.Snapshots;

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

    public const byte DiskItem = 1;
    public const byte SnapshotItem = 2;
    public const byte UndoItem = 3;

    public static int CellsFor(int payloadBytes) => (HeadBytes + payloadBytes + Bytes - 1) / Bytes;

    public static void WriteHead(Span<byte> cell, byte kind, int payloadBytes)
    {
        cell[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(cell[4..], payloadBytes);
    }

    public static (byte Kind, int PayloadBytes) ReadHead(ReadOnlySpan<byte> cell) => (cell[0], BinaryPrimitives.ReadInt32LittleEndian(cell[4..]));
}
