using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BlockSnap.Primitives;

/// <summary>XXH3 lanes in 512-bit vectors: one vector is a whole stripe (x64 with AVX-512).</summary>
internal readonly struct StripeLanes512 : IStripeLanes<Vector512<ulong>>
{
    /// <inheritdoc/>
    public static int SizeBytes => Vector512<byte>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Load(ref byte source, nuint offset) =>
        Vector512.LoadUnsafe(ref source, offset).AsUInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<ulong> data, ref byte target, nuint offset) => data.AsByte().StoreUnsafe(ref target, offset);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> LoadAccumulators(ref ulong accumulators, nuint index) =>
        Vector512.LoadUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAccumulators(Vector512<ulong> value, ref ulong accumulators, nuint index) =>
        value.StoreUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Accumulate(Vector512<ulong> accumulators, Vector512<ulong> data, Vector512<ulong> secret)
    {
        Vector512<ulong> key = data ^ secret;
        Vector512<ulong> neighbours = Vector512.Shuffle(data, Vector512.Create(1UL, 0UL, 3UL, 2UL, 5UL, 4UL, 7UL, 6UL));

        // The sum in brackets does not wait for the previous stripe: the chain is one addition long.
        return accumulators + (neighbours + MultiplyLowHalves(key, key >>> 32));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Scramble(Vector512<ulong> accumulators, Vector512<ulong> secret)
    {
        Vector512<ulong> mixed = accumulators ^ (accumulators >>> 47) ^ secret;
        Vector512<ulong> prime = Vector512.Create((ulong)XxHash3.Prime32A);

        // A 64 x 32 bit product from two 32 x 32 ones, which cost a third of the machine's 64-bit multiply.
        return MultiplyLowHalves(mixed, prime) + (MultiplyLowHalves(mixed >>> 32, prime) << 32);
    }

    /// <summary>The full products of the low 32 bits of each lane: the one step without a portable vector operation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> MultiplyLowHalves(Vector512<ulong> left, Vector512<ulong> right)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.Multiply(left.AsUInt32(), right.AsUInt32());
        }

        Vector512<ulong> lowHalf = Vector512.Create((ulong)uint.MaxValue);
        return (left & lowHalf) * (right & lowHalf);
    }
}
