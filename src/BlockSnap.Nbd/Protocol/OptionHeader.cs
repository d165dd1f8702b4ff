using System.Buffers;
using System.Buffers.Binary;

namespace BlockSnap.Nbd.Protocol;

/// <summary>The head of an option as it came: 16 bytes, big endian. Only the magic is proven.</summary>
/// <param name="Code">What is asked for; may be unknown.</param>
/// <param name="Length">Bytes that follow.</param>
internal readonly record struct OptionHeader(OptionCode Code, uint Length)
{
    public const int Bytes = 16;

    /// <returns>False when the bytes do not begin with the magic.</returns>
    public static bool TryDecode(in ReadOnlySequence<byte> bytes, out OptionHeader option)
    {
        Span<byte> head = stackalloc byte[Bytes];
        bytes.CopyTo(head);
        option = new OptionHeader(
            (OptionCode)BinaryPrimitives.ReadUInt32BigEndian(head[8..]), BinaryPrimitives.ReadUInt32BigEndian(head[12..]));
        return BinaryPrimitives.ReadUInt64BigEndian(head) == Magic.Option;
    }
}
