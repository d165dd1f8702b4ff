using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace BlockSnap.Nbd.Protocol;

/// <summary>Reads the data of an option, which may hold anything. Every method says whether the bytes make sense.</summary>
internal ref struct OptionReader(in ReadOnlySequence<byte> data)
{
    /// <summary>The longest string of the protocol, in bytes.</summary>
    public const int StringBytesMax = 4096;

    // Malformed UTF-8 is refused rather than mended: a mended name would be another name.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SequenceReader<byte> _reader = new(data);

    public readonly bool IsAtEnd => _reader.End;

    public bool TryReadUInt16(out ushort value)
    {
        bool read = _reader.TryReadBigEndian(out short signed);
        value = (ushort)signed;
        return read;
    }

    public bool TryReadUInt32(out uint value)
    {
        bool read = _reader.TryReadBigEndian(out int signed);
        value = (uint)signed;
        return read;
    }

    /// <summary>Reads a string that has its length before it.</summary>
    public bool TryReadCountedString([NotNullWhen(true)] out string? text)
    {
        text = null;
        return TryReadUInt32(out uint length) && TryReadString(length, out text);
    }

    /// <summary>Reads a string that takes all that is left.</summary>
    public bool TryReadRest([NotNullWhen(true)] out string? text) => TryReadString((ulong)_reader.Remaining, out text);

    private bool TryReadString(ulong length, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (length > StringBytesMax || !_reader.TryReadExact((int)length, out ReadOnlySequence<byte> bytes))
        {
            return false;
        }

        try
        {
            text = s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return !text.Contains('\0');
    }
}
