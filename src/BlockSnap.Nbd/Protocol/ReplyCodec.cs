using System.Buffers.Binary;

namespace BlockSnap.Nbd.Protocol;

/// <summary>Encodes the heads of replies, big endian.</summary>
internal static class ReplyCodec
{
    /// <summary>Bytes of a simple reply without its data.</summary>
    public const int SimpleBytes = 16;

    /// <summary>Bytes of a chunk's head.</summary>
    public const int ChunkBytes = 20;

    /// <summary>Bytes of the head of a data chunk: that of the chunk, and the offset.</summary>
    public const int DataChunkBytes = ChunkBytes + sizeof(ulong);

    /// <summary>Bytes of a whole hole chunk.</summary>
    public const int HoleChunkBytes = DataChunkBytes + sizeof(uint);

    /// <summary>Bytes of an error chunk with an offset and without its text.</summary>
    public const int ErrorChunkBytes = ChunkBytes + sizeof(uint) + sizeof(ushort) + sizeof(ulong);

    private const ushort DoneFlag = 1;

    public static void WriteSimple(Span<byte> target, ulong cookie, NbdError error)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, Magic.SimpleReply);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], (uint)error);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], cookie);
    }

    /// <param name="length">Bytes that follow the head.</param>
    /// <param name="isLast">Whether the reply ends with this chunk.</param>
    public static void WriteChunk(Span<byte> target, ulong cookie, ChunkType type, int length, bool isLast)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, Magic.StructuredReply);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], isLast ? DoneFlag : (ushort)0);
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)type);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], cookie);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], (uint)length);
    }

    public static void WriteDataChunk(Span<byte> target, ulong cookie, long offset, int dataBytes, bool isLast)
    {
        WriteChunk(target, cookie, ChunkType.OffsetData, sizeof(ulong) + dataBytes, isLast);
        BinaryPrimitives.WriteInt64BigEndian(target[ChunkBytes..], offset);
    }

    public static void WriteHoleChunk(Span<byte> target, ulong cookie, long offset, int holeBytes, bool isLast)
    {
        WriteChunk(target, cookie, ChunkType.OffsetHole, HoleChunkBytes - ChunkBytes, isLast);
        BinaryPrimitives.WriteInt64BigEndian(target[ChunkBytes..], offset);
        BinaryPrimitives.WriteInt32BigEndian(target[DataChunkBytes..], holeBytes);
    }

    /// <summary>Writes an error chunk, always the last of its reply: with an offset it says how far the content is good.</summary>
    /// <param name="text">UTF-8, at most 65,535 bytes.</param>
    /// <returns>Bytes written: the head and the text.</returns>
    public static int WriteErrorChunk(Span<byte> target, ulong cookie, NbdError error, ReadOnlySpan<byte> text, long? offset)
    {
        int length = sizeof(uint) + sizeof(ushort) + text.Length + (offset is null ? 0 : sizeof(ulong));
        WriteChunk(target, cookie, offset is null ? ChunkType.Error : ChunkType.ErrorOffset, length, isLast: true);
        target = target[ChunkBytes..];
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)error);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], (ushort)text.Length);
        text.CopyTo(target[6..]);
        if (offset is { } at)
        {
            BinaryPrimitives.WriteInt64BigEndian(target[(6 + text.Length)..], at);
        }

        return ChunkBytes + length;
    }
}
