using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace BlockSnap.Primitives;

/// <summary>XXH3 lanes in 128-bit vectors: four to a stripe (Arm64, and x64 without AVX2).</summary>
internal readonly struct StripeLanes128 : IStripeLanes<Vector128<ulong>>
{
    /// <inheritdoc/>
    public static int SizeBytes => Vector128<byte>.Count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Load(ref byte source, nuint offset) =>
        Vector128.LoadUnsafe(ref source, offset).AsUInt64();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<ulong> data, ref byte target, nuint offset) => data.AsByte().StoreUnsafe(ref target, offset);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> LoadAccumulators(ref ulong accumulators, nuint index) =>
        Vector128.LoadUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAccumulators(Vector128<ulong> value, ref ulong accumulators, nuint index) =>
        value.StoreUnsafe(ref accumulators, index);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Accumulate(Vector128<ulong> accumulators, Vector128<ulong> data, Vector128<ulong> secret)
    {
        Vector128<ulong> key = data ^ secret;
        Vector128<ulong> neighbours = Vector128.Shuffle(data, Vector128.Create(1UL, 0UL));

        // The sum in brackets does not wait for the previous stripe: the chain is one addition long.
        return accumulators + (neighbours + MultiplyLowHalves(key, key >>> 32));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Scramble(Vector128<ulong> accumulators, Vector128<ulong> secret)
    {
        Vector128<ulong> mixed = accumulators ^ (accumulators >>> 47) ^ secret;
        Vector128<ulong> prime = Vector128.Create((ulong)XxHash3.Prime32A);

        // A 64 x 32 bit product from two 32 x 32 ones, which cost a third of the machine's 64-bit multiply.
        return MultiplyLowHalves(mixed, prime) + (MultiplyLowHalves(mixed >>> 32, prime) << 32);
    }

    /// <summary>The full products of the low 32 bits of each lane: the one step without a portable vector operation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> MultiplyLowHalves(Vector128<ulong> left, Vector128<ulong> right)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.Multiply(left.AsUInt32(), right.AsUInt32());
        }

        if (AdvSimd.IsSupported)
        {
            return AdvSimd.MultiplyWideningLower(
                AdvSimd.ExtractNarrowingLower(left),
                AdvSimd.ExtractNarrowingLower(right));
        }

        Vector128<ulong> lowHalf = Vector128.Create((ulong)uint.MaxValue);
        return (left & lowHalf) * (right & lowHalf);
    }
}
