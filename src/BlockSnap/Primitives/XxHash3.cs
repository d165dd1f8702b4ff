using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BlockSnap.Primitives;

/// <summary>
/// XXH3, 64-bit variant, seed 0, default secret: the same numbers as every other implementation of it, on every machine.
/// </summary>
/// <remarks>
/// <para>
/// Four ways by length, as the algorithm demands: up to 16 bytes, up to 128, up to 240, and a long one
/// (<c>XxHash3.Long.cs</c>) which alone uses vectors, because it alone is hot here: blocks are 512 bytes or more.
/// </para>
/// <para>
/// All input bytes and secret bytes are read as little-endian numbers. Sums and products wrap at 64 bits,
/// hence the <c>unchecked</c>: the hash must not depend on a compiler option.
/// </para>
/// </remarks>
internal static partial class XxHash3
{
    /// <summary>The first 32-bit prime, which the lane types multiply by.</summary>
    internal const uint Prime32A = 0x9E37_79B1;

    private const uint Prime32B = 0x85EB_CA77;
    private const uint Prime32C = 0xC2B2_AE3D;
    private const ulong Prime64A = 0x9E37_79B1_85EB_CA87;
    private const ulong Prime64B = 0xC2B2_AE3D_27D4_EB4F;
    private const ulong Prime64C = 0x1656_67B1_9E37_79F9;
    private const ulong Prime64D = 0x85EB_CA77_C2B2_AE63;
    private const ulong Prime64E = 0x27D4_EB2F_1656_67C5;
    private const ulong PrimeAvalanche = 0x1656_6791_9E37_79F9;
    private const ulong PrimeShort = 0x9FB2_1C65_1E98_DF25;

    /// <summary>The longest input of the unvectorised ways.</summary>
    private const int MediumLengthMax = 240;

    /// <summary>The step of the medium ways: two 64-bit numbers of input against two of secret.</summary>
    private const int PairBytes = 16;

    /// <summary>The fixed pseudo-random bytes that belong to the algorithm. Any change changes every hash.</summary>
    private static ReadOnlySpan<byte> Secret =>
    [
        0xB8, 0xFE, 0x6C, 0x39, 0x23, 0xA4, 0x4B, 0xBE, 0x7C, 0x01, 0x81, 0x2C, 0xF7, 0x21, 0xAD, 0x1C,
        0xDE, 0xD4, 0x6D, 0xE9, 0x83, 0x90, 0x97, 0xDB, 0x72, 0x40, 0xA4, 0xA4, 0xB7, 0xB3, 0x67, 0x1F,
        0xCB, 0x79, 0xE6, 0x4E, 0xCC, 0xC0, 0xE5, 0x78, 0x82, 0x5A, 0xD0, 0x7D, 0xCC, 0xFF, 0x72, 0x21,
        0xB8, 0x08, 0x46, 0x74, 0xF7, 0x43, 0x24, 0x8E, 0xE0, 0x35, 0x90, 0xE6, 0x81, 0x3A, 0x26, 0x4C,
        0x3C, 0x28, 0x52, 0xBB, 0x91, 0xC3, 0x00, 0xCB, 0x88, 0xD0, 0x65, 0x8B, 0x1B, 0x53, 0x2E, 0xA3,
        0x71, 0x64, 0x48, 0x97, 0xA2, 0x0D, 0xF9, 0x4E, 0x38, 0x19, 0xEF, 0x46, 0xA9, 0xDE, 0xAC, 0xD8,
        0xA8, 0xFA, 0x76, 0x3F, 0xE3, 0x9C, 0x34, 0x3F, 0xF9, 0xDC, 0xBB, 0xC7, 0xC7, 0x0B, 0x4F, 0x1D,
        0x8A, 0x51, 0xE0, 0x4B, 0xCD, 0xB4, 0x59, 0x31, 0xC8, 0x9F, 0x7E, 0xC9, 0xD9, 0x78, 0x73, 0x64,
        0xEA, 0xC5, 0xAC, 0x83, 0x34, 0xD3, 0xEB, 0xC3, 0xC5, 0x81, 0xA0, 0xFF, 0xFA, 0x13, 0x63, 0xEB,
        0x17, 0x0D, 0xDD, 0x51, 0xB7, 0xF0, 0xDA, 0x49, 0xD3, 0x16, 0x55, 0x26, 0x29, 0xD4, 0x68, 0x9E,
        0x2B, 0x16, 0xBE, 0x58, 0x7D, 0x47, 0xA1, 0xFC, 0x8F, 0xF8, 0xB8, 0xD1, 0x7A, 0xD0, 0x31, 0xCE,
        0x45, 0xCB, 0x3A, 0x8F, 0x95, 0x16, 0x04, 0x28, 0xAF, 0xD7, 0xFB, 0xCA, 0xBB, 0x4B, 0x40, 0x7E,
    ];

    /// <summary>Hashes <paramref name="data"/>, of any length.</summary>
    public static ulong Hash(ReadOnlySpan<byte> data) => data.Length switch
    {
        > MediumLengthMax => HashLong<ICopying.No>(data, ref MemoryMarshal.GetReference(data)),
        > 128 => Hash129To240(data),
        > 16 => Hash17To128(data),
        > 8 => Hash9To16(data),
        > 3 => Hash4To8(data),
        > 0 => Hash1To3(data),
        _ => AvalancheOfXxHash64(SecretAt(56) ^ SecretAt(64)),
    };

    /// <summary>Copies <paramref name="data"/> and hashes the copy, in one pass where its length allows it: whole stripes, as blocks are.</summary>
    /// <param name="data">Of any length; may change meanwhile.</param>
    /// <param name="copy">Of the same length, apart from <paramref name="data"/>.</param>
    public static ulong CopyAndHash(ReadOnlySpan<byte> data, Span<byte> copy)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(copy.Length, data.Length);
        if (data.Length > MediumLengthMax && data.Length % StripeBytes == 0)
        {
            return HashLong<ICopying.Yes>(data, ref MemoryMarshal.GetReference(copy));
        }

        data.CopyTo(copy);
        return Hash(copy);
    }

    private static ulong Hash1To3(ReadOnlySpan<byte> data)
    {
        uint combined = ((uint)data[0] << 16)
            | ((uint)data[data.Length >> 1] << 24)
            | data[^1]
            | ((uint)data.Length << 8);
        ulong flip = (SecretAt(0) ^ (SecretAt(0) >> 32)) & uint.MaxValue;
        return AvalancheOfXxHash64(combined ^ flip);
    }

    private static ulong Hash4To8(ReadOnlySpan<byte> data)
    {
        ulong head = BinaryPrimitives.ReadUInt32LittleEndian(data);
        ulong tail = BinaryPrimitives.ReadUInt32LittleEndian(data[^sizeof(uint)..]);
        ulong hash = (tail + (head << 32)) ^ SecretAt(8) ^ SecretAt(16);

        unchecked
        {
            hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
            hash *= PrimeShort;
            hash ^= (hash >> 35) + (ulong)data.Length;
            hash *= PrimeShort;
        }

        return hash ^ (hash >> 28);
    }

    private static ulong Hash9To16(ReadOnlySpan<byte> data)
    {
        ulong head = At(data, 0) ^ SecretAt(24) ^ SecretAt(32);
        ulong tail = At(data, data.Length - sizeof(ulong)) ^ SecretAt(40) ^ SecretAt(48);
        return Avalanche(unchecked(
            (ulong)data.Length + BinaryPrimitives.ReverseEndianness(head) + tail + MultiplyFold(head, tail)));
    }

    /// <summary>Pairs from both ends inwards, so that 17 to 128 bytes take one to four rounds and may overlap in the middle.</summary>
    private static ulong Hash17To128(ReadOnlySpan<byte> data)
    {
        ulong sum = unchecked((ulong)data.Length * Prime64A);
        int rounds = (data.Length - 1) / (2 * PairBytes) + 1;
        for (int round = 0; round < rounds; round++)
        {
            int fromEnd = data.Length - (round + 1) * PairBytes;
            unchecked
            {
                sum += MixPair(data, round * PairBytes, 2 * round * PairBytes);
                sum += MixPair(data, fromEnd, (2 * round + 1) * PairBytes);
            }
        }

        return Avalanche(sum);
    }

    private static ulong Hash129To240(ReadOnlySpan<byte> data)
    {
        // The first eight pairs use the secret from its start; the rest reuse it shifted by 3 bytes, so that equal
        // pairs 128 bytes apart do not cancel out. The last 16 bytes use the end of the smallest secret allowed (136).
        const int FirstPairs = 8;
        const int ShiftBytes = 3;
        const int LastSecretOffset = 136 - 17;

        ulong sum = unchecked((ulong)data.Length * Prime64A);
        for (int pair = 0; pair < FirstPairs; pair++)
        {
            sum = unchecked(sum + MixPair(data, pair * PairBytes, pair * PairBytes));
        }

        sum = Avalanche(sum);
        int pairs = data.Length / PairBytes;
        for (int pair = FirstPairs; pair < pairs; pair++)
        {
            sum = unchecked(sum + MixPair(data, pair * PairBytes, (pair - FirstPairs) * PairBytes + ShiftBytes));
        }

        return Avalanche(unchecked(sum + MixPair(data, data.Length - PairBytes, LastSecretOffset)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MixPair(ReadOnlySpan<byte> data, int dataOffset, int secretOffset) => MultiplyFold(
        At(data, dataOffset) ^ SecretAt(secretOffset),
        At(data, dataOffset + sizeof(ulong)) ^ SecretAt(secretOffset + sizeof(ulong)));

    /// <summary>
    /// The 128-bit product, its two halves xored. The overload with an out parameter goes through memory and makes short
    /// input half as fast.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyFold(ulong left, ulong right)
    {
        UInt128 product = Math.BigMul(left, right);
        return unchecked((ulong)(product >> 64) ^ (ulong)product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Avalanche(ulong hash)
    {
        hash = unchecked((hash ^ (hash >> 37)) * PrimeAvalanche);
        return hash ^ (hash >> 32);
    }

    /// <summary>The stronger ending of the older XXH64, which XXH3 keeps for inputs of 0 to 3 bytes.</summary>
    private static ulong AvalancheOfXxHash64(ulong hash)
    {
        hash = unchecked((hash ^ (hash >> 33)) * Prime64B);
        hash = unchecked((hash ^ (hash >> 29)) * Prime64C);
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong At(ReadOnlySpan<byte> data, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(data[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong SecretAt(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Secret[offset..]);
}
