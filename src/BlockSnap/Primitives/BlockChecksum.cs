using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>The 64-bit checksum that guards every block, map node and record on disk. One that does not match means damage.</summary>
/// <remarks>
/// <para>
/// It finds accidents: flipped bits, torn or misdirected writes. It is neither a signature nor an identity: anyone can
/// make two blocks with the same checksum, so equal checksums do not mean equal blocks.
/// </para>
/// <para>
/// This file alone names an implementation. Another one may take its place if it returns the same numbers; other
/// numbers need another algorithm id, because stores keep both. Members are safe to call from any thread.
/// </para>
/// </remarks>
public static class BlockChecksum
{
    /// <summary>The algorithm id of XXH3, 64-bit variant, seed 0, default secret: what <see cref="Compute"/> returns.</summary>
    public const byte AlgorithmXxh3 = 1;

    /// <summary>Bytes of one checksum on disk, where it is stored as a little-endian number.</summary>
    public const int SizeBytes = sizeof(ulong);

    /// <summary>Computes the checksum of <paramref name="data"/>, which may be empty and of any alignment.</summary>
    /// <param name="data">The bytes to guard.</param>
    /// <returns>The same number on every machine and in every version that knows <see cref="AlgorithmXxh3"/>.</returns>
    public static ulong Compute(ReadOnlySpan<byte> data) => XxHash3.Hash(data);

    /// <summary>Copies <paramref name="data"/>, which others may change meanwhile, and computes the checksum of the copy.</summary>
    internal static ulong CopyAndCompute(ReadOnlySpan<byte> data, Span<byte> copy) => XxHash3.CopyAndHash(data, copy);
}
