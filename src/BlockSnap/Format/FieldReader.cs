using System.Buffers.Binary;
using System.Text;

namespace BlockSnap.Format;

/// <summary>
/// Reads what <see cref="FieldWriter"/> wrote. Bytes that are cut short or nonsense raise <see cref="PoolCorruptedException"/>, nothing else.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes, string structure)
{
    /// <summary>The largest disk, 2^62 bytes.</summary>
    public const long DiskSizeMax = 1L << 62;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly string _structure = structure;
    private int _at;

    public byte Byte() => Take(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The size of a disk, in bytes.</summary>
    public long Size()
    {
        long size = Int64();
        return size is >= 0 and <= DiskSizeMax ? size : throw Damaged($"no disk has {size} bytes");
    }

    public Guid Guid() => new(Take(16));

    /// <summary>How many things follow, each of at least <paramref name="leastBytes"/> bytes.</summary>
    public int Count(int leastBytes)
    {
        uint count = UInt32();
        return count <= (_bytes.Length - _at) / leastBytes ? (int)count : throw Damaged($"{count} entries cannot follow");
    }

    /// <summary>A text, or null.</summary>
    public string? Text()
    {
        ushort bytes = BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
        return bytes == ushort.MaxValue ? null : Encoding.UTF8.GetString(Take(bytes));
    }

    /// <summary>A 32-bit length and as many bytes behind it.</summary>
    public ReadOnlySpan<byte> Block() => Take(Count(leastBytes: 1));

    public readonly PoolCorruptedException Damaged(string detail) => new(_structure, detail);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at)
        {
            throw Damaged($"it ends at byte {_bytes.Length} where {count} more were expected");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }
}
