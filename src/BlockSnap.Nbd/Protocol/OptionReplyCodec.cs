using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace BlockSnap.Nbd.Protocol;

/// <summary>Encodes what a server says during the handshake, big endian.</summary>
internal static class OptionReplyCodec
{
    private const int HeadBytes = 20;
    private const int ReservedBytes = 124;

    public static void WriteGreeting(IBufferWriter<byte> writer, HandshakeFlags flags)
    {
        Span<byte> target = writer.GetSpan(18);
        BinaryPrimitives.WriteUInt64BigEndian(target, Magic.Greeting);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Magic.Option);
        BinaryPrimitives.WriteUInt16BigEndian(target[16..], (ushort)flags);
        writer.Advance(18);
    }

    /// <summary>The answer to EXPORT_NAME, which has no head.</summary>
    public static void WriteExportName(IBufferWriter<byte> writer, long size, TransmissionFlags flags, bool zeroes)
    {
        int length = 10 + (zeroes ? ReservedBytes : 0);
        Span<byte> target = writer.GetSpan(length)[..length];
        target.Clear();
        BinaryPrimitives.WriteInt64BigEndian(target, size);
        BinaryPrimitives.WriteUInt16BigEndian(target[8..], (ushort)flags);
        writer.Advance(length);
    }

    public static void WriteReply(IBufferWriter<byte> writer, OptionCode option, OptionReplyType type) => WriteReply(writer, option, type, []);

    /// <summary>An error with a text for people, cut off at the longest string that the protocol allows.</summary>
    public static void WriteError(IBufferWriter<byte> writer, OptionCode option, OptionReplyType type, string text)
    {
        Span<byte> bytes = stackalloc byte[OptionReader.StringBytesMax];
        Utf8.FromUtf16(text, bytes, out _, out int length); // whole characters only
        WriteReply(writer, option, type, bytes[..length]);
    }

    public static void WriteReply(IBufferWriter<byte> writer, OptionCode option, OptionReplyType type, ReadOnlySpan<byte> data)
    {
        Span<byte> target = writer.GetSpan(HeadBytes + data.Length);
        BinaryPrimitives.WriteUInt64BigEndian(target, Magic.OptionReply);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], (uint)option);
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], (uint)type);
        BinaryPrimitives.WriteInt32BigEndian(target[16..], data.Length);
        data.CopyTo(target[HeadBytes..]);
        writer.Advance(HeadBytes + data.Length);
    }

    /// <summary>One export in the answer to LIST.</summary>
    public static void WriteServer(IBufferWriter<byte> writer, string name) =>
        WriteReply(
            writer, OptionCode.List, OptionReplyType.Server, [.. Big((uint)Encoding.UTF8.GetByteCount(name)), .. Encoding.UTF8.GetBytes(name)]);

    /// <summary>One context in an answer about metadata.</summary>
    public static void WriteMetaContext(IBufferWriter<byte> writer, OptionCode option, uint id, string name) =>
        WriteReply(writer, option, OptionReplyType.MetaContext, [.. Big(id), .. Encoding.UTF8.GetBytes(name)]);

    public static void WriteExportInfo(IBufferWriter<byte> writer, OptionCode option, long size, TransmissionFlags flags) =>
        WriteReply(
            writer,
            option,
            OptionReplyType.Info,
            [.. Big(InfoType.Export), .. Big((uint)(size >> 32)), .. Big((uint)size), .. Big((ushort)flags)]);

    public static void WriteBlockSizeInfo(IBufferWriter<byte> writer, OptionCode option, int minimum, int preferred, int maximum) =>
        WriteReply(
            writer,
            option,
            OptionReplyType.Info,
            [.. Big(InfoType.BlockSize), .. Big((uint)minimum), .. Big((uint)preferred), .. Big((uint)maximum)]);

    public static void WriteTextInfo(IBufferWriter<byte> writer, OptionCode option, InfoType type, string text) =>
        WriteReply(writer, option, OptionReplyType.Info, [.. Big(type), .. Encoding.UTF8.GetBytes(text)]);

    private static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] Big(ushort value) => [(byte)(value >> 8), (byte)value];

    private static byte[] Big(InfoType value) => Big((ushort)value);
}
