using System.Buffers.Binary;

namespace BlockSnap.Format;

/// <summary>
/// A record of a batch: 32 bytes, or for an operation or a checkpoint as many 32-byte cells as its payload needs. The same 32 bytes describe
/// a block in the index of a container.
/// </summary>
/// <param name="Kind">What the record says, and so what the other fields mean.</param>
/// <param name="Codec">How a block is stored; 0 for as it is.</param>
/// <param name="SizeClass">The size class in a block's name.</param>
/// <param name="Level">The level of a map node, 1 for a leaf.</param>
/// <param name="Disk">The disk's number.</param>
/// <param name="Index">Which block of the disk, a hole's first block, or the bytes of a payload.</param>
/// <param name="Value">A block's checksum, or a hole's number of blocks.</param>
/// <param name="Slot">The slot in a block's name.</param>
/// <param name="StoredBytes">The bytes of a block, without padding.</param>
internal readonly record struct LogRecord(
    RecordKind Kind, byte Codec, byte SizeClass, byte Level, uint Disk, long Index, ulong Value, int Slot, int StoredBytes)
{
    public const int Bytes = 32;

    /// <summary>Bytes before the payload in the first cell of a record that has one.</summary>
    public const int PayloadAt = 16;

    private const int CodecAt = 1;
    private const int ClassAt = 2;
    private const int LevelAt = 3;
    private const int DiskAt = 4;
    private const int IndexAt = 8;
    private const int ValueAt = 16;
    private const int SlotAt = 24;
    private const int StoredAt = 28;

    /// <summary>A stored block's checksum.</summary>
    public ulong Checksum => Value;

    /// <summary>A hole's number of blocks.</summary>
    public long Count => (long)Value;

    /// <summary>The payload bytes of a record that has a payload.</summary>
    public int PayloadBytes => (int)Index;

    public bool IsBlock => Kind is RecordKind.Data or RecordKind.Node;

    public bool HasPayload => Kind is RecordKind.Operation or RecordKind.Checkpoint;

    public static LogRecord Hole(uint disk, long first, long count) => new(RecordKind.Hole, 0, 0, 0, disk, first, (ulong)count, 0, 0);

    /// <summary>The bytes of the cells that a record with so many payload bytes takes.</summary>
    public static int BytesWith(int payloadBytes) => (PayloadAt + payloadBytes + Bytes - 1) / Bytes * Bytes;

    public void Encode(Span<byte> cell)
    {
        cell[0] = (byte)Kind;
        cell[CodecAt] = Codec;
        cell[ClassAt] = SizeClass;
        cell[LevelAt] = Level;
        BinaryPrimitives.WriteUInt32LittleEndian(cell[DiskAt..], Disk);
        BinaryPrimitives.WriteInt64LittleEndian(cell[IndexAt..], Index);
        BinaryPrimitives.WriteUInt64LittleEndian(cell[ValueAt..], Value);
        BinaryPrimitives.WriteInt32LittleEndian(cell[SlotAt..], Slot);
        BinaryPrimitives.WriteInt32LittleEndian(cell[StoredAt..], StoredBytes);
    }

    public static LogRecord Decode(ReadOnlySpan<byte> cell) => new(
        (RecordKind)cell[0],
        cell[CodecAt],
        cell[ClassAt],
        cell[LevelAt],
        BinaryPrimitives.ReadUInt32LittleEndian(cell[DiskAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(cell[IndexAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(cell[ValueAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(cell[SlotAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(cell[StoredAt..]));

    /// <summary>Writes a record with its payload into as many cells as it takes; returns their bytes.</summary>
    public static int Encode(Span<byte> cells, RecordKind kind, ReadOnlySpan<byte> payload)
    {
        int bytes = BytesWith(payload.Length);
        cells[..bytes].Clear();
        cells[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(cells[IndexAt..], payload.Length);
        payload.CopyTo(cells[PayloadAt..]);
        return bytes;
    }
}
