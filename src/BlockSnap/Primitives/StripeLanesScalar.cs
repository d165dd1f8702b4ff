using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BlockSnap.Primitives;

/// <summary>
/// XXH3 lanes in plain integers, two to a step: for machines without vectors or with big-endian memory, and
/// the yardstick that the vector widths are tested against.
/// </summary>
internal readonly struct StripeLanesScalar : IStripeLanes<(ulong First, ulong Second)>
{
    /// <inheritdoc/>
    public static int SizeBytes => 2 * sizeof(ulong);

    /// <inheritdoc/>
    public static (ulong First, ulong Second) Load(ref byte source, nuint offset)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref source, offset), SizeBytes);
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]));
    }

    /// <inheritdoc/>
    public static void Store((ulong First, ulong Second) data, ref byte target, nuint offset)
    {
        Span<byte> bytes = MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref target, offset), SizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, data.First);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(ulong)..], data.Second);
    }

    /// <inheritdoc/>
    public static (ulong First, ulong Second) LoadAccumulators(ref ulong accumulators, nuint index) =>
        (Unsafe.Add(ref accumulators, index), Unsafe.Add(ref accumulators, index + 1));

    /// <inheritdoc/>
    public static void StoreAccumulators((ulong First, ulong Second) value, ref ulong accumulators, nuint index)
    {
        Unsafe.Add(ref accumulators, index) = value.First;
        Unsafe.Add(ref accumulators, index + 1) = value.Second;
    }

    /// <inheritdoc/>
    public static (ulong First, ulong Second) Accumulate(
        (ulong First, ulong Second) accumulators,
        (ulong First, ulong Second) data,
        (ulong First, ulong Second) secret) =>
        unchecked((
            accumulators.First + data.Second + MultiplyHalves(data.First ^ secret.First),
            accumulators.Second + data.First + MultiplyHalves(data.Second ^ secret.Second)));

    /// <inheritdoc/>
    public static (ulong First, ulong Second) Scramble(
        (ulong First, ulong Second) accumulators,
        (ulong First, ulong Second) secret) =>
        (Scramble(accumulators.First, secret.First), Scramble(accumulators.Second, secret.Second));

    private static ulong MultiplyHalves(ulong key) => unchecked((uint)key * (key >> 32));

    private static ulong Scramble(ulong accumulator, ulong secret) =>
        unchecked((accumulator ^ (accumulator >> 47) ^ secret) * XxHash3.Prime32A);
}
