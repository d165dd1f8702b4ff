using System.Buffers.Binary;

namespace BlockSnap.Tests.Format;

/// <summary>A structure as the code encodes it, and the value that each of its fields was given.</summary>
internal sealed class FormatSample(byte[] bytes)
{
    private readonly Dictionary<string, byte[]> _fields = [];

    public byte[] Bytes => bytes;

    public IReadOnlyCollection<string> Fields => _fields.Keys;

    /// <summary>Says what a number's field holds; as many of its low bytes are compared as the field has.</summary>
    public FormatSample With(string field, ulong value)
    {
        byte[] number = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        return With(field, number);
    }

    public FormatSample With(string field, long value) => With(field, (ulong)value);

    public FormatSample With(string field, byte[] value)
    {
        _fields.Add(field, value);
        return this;
    }

    /// <summary>The bytes that a field of a size must hold.</summary>
    public byte[] Expected(string field, int size)
    {
        byte[] value = _fields[field];
        if (value.Length == sizeof(ulong) && size < sizeof(ulong))
        {
            // A negative number is longer than its field; anything else cut off would be a mistake of the sample.
            ReadOnlySpan<byte> rest = value.AsSpan(size);
            Assert.True(rest.IndexOfAnyExcept((byte)0) < 0 || rest.IndexOfAnyExcept((byte)0xFF) < 0, $"{field} does not fit into {size} bytes");
            return value[..size];
        }

        Assert.Equal(size, value.Length);
        return value;
    }
}
