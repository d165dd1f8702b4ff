using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BlockSnap.Primitives;

/// <summary>XXH3 lanes in 256-bit vectors: two to a stripe (x64 with AVX2).</summary>
internal readonly struct StripeLanes256 : IStripeLanes<Vector256<ulong>>
{
    /// <inheritdoc/>
    public static int SizeBytes => Vector256<byte>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Load(ref byte source, nuint offset) =>
        Vector256.LoadUnsafe(ref source, offset).AsUInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<ulong> data, ref byte target, nuint offset) => data.AsByte().StoreUnsafe(ref target, offset);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> LoadAccumulators(ref ulong accumulators, nuint index) =>
        Vector256.LoadUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAccumulators(Vector256<ulong> value, ref ulong accumulators, nuint index) =>
        value.StoreUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Accumulate(Vector256<ulong> accumulators, Vector256<ulong> data, Vector256<ulong> secret)
    {
        Vector256<ulong> key = data ^ secret;
        Vector256<ulong> neighbours = Vector256.Shuffle(data, Vector256.Create(1UL, 0UL, 3UL, 2UL));

        // The sum in brackets does not wait for the previous stripe: the chain is one addition long.
        return accumulators + (neighbours + MultiplyLowHalves(key, key >>> 32));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Scramble(Vector256<ulong> accumulators, Vector256<ulong> secret)
    {
        Vector256<ulong> mixed = accumulators ^ (accumulators >>> 47) ^ secret;
        Vector256<ulong> prime = Vector256.Create((ulong)XxHash3.Prime32A);

        // A 64 x 32 bit product from two 32 x 32 ones, which cost a third of the machine's 64-bit multiply.
        return MultiplyLowHalves(mixed, prime) + (MultiplyLowHalves(mixed >>> 32, prime) << 32);
    }

    /// <summary>The full products of the low 32 bits of each lane: the one step without a portable vector operation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> MultiplyLowHalves(Vector256<ulong> left, Vector256<ulong> right)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.Multiply(left.AsUInt32(), right.AsUInt32());
        }

        Vector256<ulong> lowHalf = Vector256.Create((ulong)uint.MaxValue);
        return (left & lowHalf) * (right & lowHalf);
    }
}
