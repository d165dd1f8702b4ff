using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace BlockSnap.Primitives;

/// <content>
/// The long way: input of more than 240 bytes runs through eight 64-bit accumulators.
/// <code>
/// stripe   64 bytes of input, one number per accumulator, against 64 bytes of secret
/// block    16 stripes = 1024 bytes; the secret moves on by 8 bytes per stripe and starts again with each block;
///          after each full block the accumulators are scrambled
/// end      the last 64 bytes always count as one more stripe, overlapping what was read before if need be;
///          so the loops below stop one byte short of the input, and a full last block is not scrambled
/// merge    the eight accumulators are folded into one number
/// </code>
/// </content>
internal static partial class XxHash3
{
    private const int StripeBytes = 64;
    private const int StripesPerBlock = 16;
    private const int BlockBytes = StripesPerBlock * StripeBytes;
    private const int AccumulatorCount = StripeBytes / sizeof(ulong);

    /// <summary>
    /// The accumulators of one vector never meet those of another before the merge, so each vector runs alone, held in
    /// a register, through this much input (which stays in the first-level cache for the next) and is stored only then.
    /// </summary>
    private const int PieceBytes = 16 * BlockBytes;

    /// <summary>How far the secret moves per stripe. 16 steps and one stripe use up 192 bytes: the whole secret.</summary>
    private const int SecretStepBytes = 8;

    private const int ScrambleSecretOffset = 192 - StripeBytes;
    private const int LastStripeSecretOffset = ScrambleSecretOffset - 7;
    private const int MergeSecretOffset = 11;

    /// <summary>An array, because a span of constants wider than a byte allocates 72 bytes per use in a debug build.</summary>
    private static readonly ulong[] InitialAccumulators =
        [Prime32C, Prime64A, Prime64B, Prime64C, Prime64D, Prime32B, Prime64E, Prime32A];

    /// <summary>
    /// The long way with the widest vectors that pay. The conditions are constants to the JIT, so one call is left.
    /// </summary>
    private static ulong HashLong<TCopying>(ReadOnlySpan<byte> data, ref byte copy)
        where TCopying : struct, ICopying
    {
        if (!BitConverter.IsLittleEndian || !Vector128.IsHardwareAccelerated)
        {
            return HashLong<StripeLanesScalar, (ulong First, ulong Second), TCopying>(data, ref copy);
        }

        if (Vector512.IsHardwareAccelerated)
        {
            return HashLong<StripeLanes512, Vector512<ulong>, TCopying>(data, ref copy);
        }

        return Vector256.IsHardwareAccelerated
            ? HashLong<StripeLanes256, Vector256<ulong>, TCopying>(data, ref copy)
            : HashLong<StripeLanes128, Vector128<ulong>, TCopying>(data, ref copy);
    }

    /// <summary>The long way with a given kind of vector; tests compare them all on one machine.</summary>
    /// <param name="data">More than 240 bytes; whole stripes when they are copied.</param>
    /// <param name="copy">Where they are copied to, if they are; with as much room.</param>
    internal static ulong HashLong<TLanes, TVector, TCopying>(ReadOnlySpan<byte> data, ref byte copy)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
        where TCopying : struct, ICopying
    {
        // Nothing below checks bounds: more than one stripe of input is what keeps all reads inside it.
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(data.Length, MediumLengthMax);
        Debug.Assert(!TCopying.Copies || data.Length % StripeBytes == 0, "The last stripe would be read twice.");
        Debug.Assert(Secret.Length == ScrambleSecretOffset + StripeBytes, "Reads of the secret would leave it.");

        ref byte input = ref MemoryMarshal.GetReference(data);
        nuint length = (nuint)data.Length;
        nuint lastBlock = (length - 1) / BlockBytes * BlockBytes;

        Span<ulong> accumulators = stackalloc ulong[AccumulatorCount];
        ref ulong state = ref MemoryMarshal.GetReference(accumulators);
        Start<TLanes, TVector>(ref state);
        for (nuint piece = 0; piece < lastBlock; piece += PieceBytes)
        {
            nuint pieceLength = nuint.Min(PieceBytes, lastBlock - piece);
            AddBlocks<TLanes, TVector, TCopying>(
                ref state,
                ref Unsafe.AddByteOffset(ref input, piece),
                ref Unsafe.AddByteOffset(ref copy, piece),
                pieceLength);
        }

        AddEnd<TLanes, TVector, TCopying>(
            ref state,
            ref Unsafe.AddByteOffset(ref input, lastBlock),
            ref Unsafe.AddByteOffset(ref copy, lastBlock),
            length - lastBlock);
        return Merge(accumulators, length);
    }

    /// <summary>
    /// Writes the first accumulators with the same vectors that will read them back: a wide load of what narrow stores
    /// have just written waits for them, 8 ns of the 75 that 4 KiB take.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start<TLanes, TVector>(ref ulong state)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
    {
        ref ulong initial = ref MemoryMarshal.GetArrayDataReference(InitialAccumulators);
        for (nuint lane = 0; lane < StripeBytes; lane += (nuint)TLanes.SizeBytes)
        {
            TLanes.StoreAccumulators(TLanes.LoadAccumulators(ref initial, lane / sizeof(ulong)), ref state, lane / sizeof(ulong));
        }
    }

    /// <summary>Adds whole blocks, each followed by a scramble.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBlocks<TLanes, TVector, TCopying>(ref ulong state, ref byte input, ref byte copy, nuint length)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
        where TCopying : struct, ICopying
    {
        ref byte secret = ref MemoryMarshal.GetReference(Secret);
        for (nuint lane = 0; lane < StripeBytes; lane += (nuint)TLanes.SizeBytes)
        {
            TVector sum = TLanes.LoadAccumulators(ref state, lane / sizeof(ulong));
            for (nuint block = 0; block < length; block += BlockBytes)
            {
                sum = AddStripes<TLanes, TVector, TCopying>(sum, ref input, ref copy, block + lane, lane, StripesPerBlock);
                sum = TLanes.Scramble(sum, TLanes.Load(ref secret, ScrambleSecretOffset + lane));
            }

            TLanes.StoreAccumulators(sum, ref state, lane / sizeof(ulong));
        }
    }

    /// <summary>Adds the last, possibly partial block of 1 to 1024 bytes and the stripe that ends where the input ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddEnd<TLanes, TVector, TCopying>(ref ulong state, ref byte input, ref byte copy, nuint length)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
        where TCopying : struct, ICopying
    {
        ref byte secret = ref MemoryMarshal.GetReference(Secret);
        nuint lastStripe = length - StripeBytes; // may lie before the input's last block: unsigned, it wraps to there
        int stripeCount = (int)((length - 1) / StripeBytes);
        for (nuint lane = 0; lane < StripeBytes; lane += (nuint)TLanes.SizeBytes)
        {
            TVector sum = TLanes.LoadAccumulators(ref state, lane / sizeof(ulong));
            sum = AddStripes<TLanes, TVector, TCopying>(sum, ref input, ref copy, lane, lane, stripeCount);
            TVector data = Take<TLanes, TVector, TCopying>(ref input, ref copy, lastStripe + lane);
            sum = TLanes.Accumulate(sum, data, TLanes.Load(ref secret, LastStripeSecretOffset + lane));
            TLanes.StoreAccumulators(sum, ref state, lane / sizeof(ulong));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddStripes<TLanes, TVector, TCopying>(
        TVector sum, ref byte input, ref byte copy, nuint inputOffset, nuint secretOffset, int stripeCount)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
        where TCopying : struct, ICopying
    {
        ref byte secret = ref MemoryMarshal.GetReference(Secret);
        for (int stripe = 0; stripe < stripeCount; stripe++)
        {
            sum = TLanes.Accumulate(sum, Take<TLanes, TVector, TCopying>(ref input, ref copy, inputOffset), TLanes.Load(ref secret, secretOffset));
            inputOffset += StripeBytes;
            secretOffset += SecretStepBytes;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Take<TLanes, TVector, TCopying>(ref byte input, ref byte copy, nuint offset)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct
        where TCopying : struct, ICopying
    {
        TVector data = TLanes.Load(ref input, offset);
        if (TCopying.Copies)
        {
            TLanes.Store(data, ref copy, offset);
        }

        return data;
    }

    private static ulong Merge(ReadOnlySpan<ulong> accumulators, nuint length)
    {
        ulong sum = unchecked(length * Prime64A);
        for (int index = 0; index < AccumulatorCount; index += 2)
        {
            int secretOffset = MergeSecretOffset + index * sizeof(ulong);
            sum = unchecked(sum + MultiplyFold(
                accumulators[index] ^ SecretAt(secretOffset),
                accumulators[index + 1] ^ SecretAt(secretOffset + sizeof(ulong))));
        }

        return Avalanche(sum);
    }
}
