using System.Buffers.Binary;

namespace BlockSnap.Nbd.Protocol;

/// <summary>The head of a request as it came: 28 bytes, big endian. Nothing in it is proven but the magic.</summary>
/// <param name="Flags">16 bits.</param>
/// <param name="Type">16 bits.</param>
/// <param name="Cookie">The client's name for the request; the reply carries it back.</param>
/// <param name="Offset">The first byte.</param>
/// <param name="Length">The number of bytes.</param>
internal readonly record struct RequestHeader(CommandFlags Flags, CommandType Type, ulong Cookie, ulong Offset, uint Length)
{
    public const int Bytes = 28;

    private const int FlagsAt = 4;
    private const int TypeAt = 6;
    private const int CookieAt = 8;
    private const int OffsetAt = 16;
    private const int LengthAt = 24;

    public bool Has(CommandFlags flag) => (Flags & flag) != 0;

    /// <returns>False when the bytes do not begin with the magic: then it is unknown where requests begin.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out RequestHeader request)
    {
        request = new RequestHeader(
            (CommandFlags)BinaryPrimitives.ReadUInt16BigEndian(bytes[FlagsAt..]),
            (CommandType)BinaryPrimitives.ReadUInt16BigEndian(bytes[TypeAt..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[CookieAt..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[OffsetAt..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[LengthAt..]));
        return BinaryPrimitives.ReadUInt32BigEndian(bytes) == Magic.Request;
    }
}
