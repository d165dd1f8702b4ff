using System.Buffers.Binary;
using System.Text;

namespace BlockSnap.Format;

/// <summary>Writes the fields of operations and catalog items: little-endian numbers, texts as a 16-bit length and UTF-8.</summary>
internal sealed class FieldWriter
{
    private byte[] _bytes = new byte[256];
    private int _used;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _used);

    public FieldWriter Byte(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public FieldWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);
        return this;
    }

    public FieldWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);
        return this;
    }

    public FieldWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);
        return this;
    }

    public FieldWriter Guid(Guid value)
    {
        value.TryWriteBytes(Take(16));
        return this;
    }

    public FieldWriter Text(string? value)
    {
        if (value is null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Take(2), ushort.MaxValue);
            return this;
        }

        int bytes = Encoding.UTF8.GetByteCount(value);
        BinaryPrimitives.WriteUInt16LittleEndian(Take(2), checked((ushort)bytes));
        Encoding.UTF8.GetBytes(value, Take(bytes));
        return this;
    }

    /// <summary>A 32-bit length and as many bytes behind it.</summary>
    public FieldWriter Block(ReadOnlySpan<byte> bytes)
    {
        UInt32((uint)bytes.Length);
        bytes.CopyTo(Take(bytes.Length));
        return this;
    }

    private Span<byte> Take(int count)
    {
        if (_used + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + count));
        }

        Span<byte> taken = _bytes.AsSpan(_used, count);
        _used += count;
        return taken;
    }
}
