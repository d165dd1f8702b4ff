namespace BlockSnap.Primitives;

/// <summary>
/// The arithmetic of the long XXH3 path on one vector of 64-bit lanes, so that the algorithm itself
/// (<see cref="XxHash3"/>) is written once for every vector width and for plain integers.
/// </summary>
/// <remarks>
/// Implementations are empty structs used as type arguments only: the JIT and the AOT compiler make one
/// specialised copy per width, and no call survives inlining. A vector always holds an even number of lanes,
/// because XXH3 swaps lanes in pairs. Lanes are little-endian numbers in memory, whatever the machine.
/// </remarks>
/// <typeparam name="TVector">The register type that holds the lanes.</typeparam>
internal interface IStripeLanes<TVector>
    where TVector : struct
{
    /// <summary>Bytes in one vector; 16, 32 or 64, so that it divides a stripe of 64 bytes.</summary>
    static abstract int SizeBytes { get; }

    /// <summary>Loads the vector at <paramref name="offset"/> bytes behind <paramref name="source"/>; no alignment needed.</summary>
    static abstract TVector Load(ref byte source, nuint offset);

    /// <summary>Stores what <see cref="Load"/> gave at <paramref name="offset"/> bytes behind <paramref name="target"/>.</summary>
    static abstract void Store(TVector data, ref byte target, nuint offset);

    /// <summary>Loads accumulators, which unlike the input are in the machine's byte order.</summary>
    static abstract TVector LoadAccumulators(ref ulong accumulators, nuint index);

    /// <summary>Stores accumulators in the machine's byte order.</summary>
    static abstract void StoreAccumulators(TVector value, ref ulong accumulators, nuint index);

    /// <summary>
    /// Adds one stripe: each accumulator gains its neighbour's data, plus the product of the low and the high
    /// half of its own data xored with the secret.
    /// </summary>
    static abstract TVector Accumulate(TVector accumulators, TVector data, TVector secret);

    /// <summary>Mixes the accumulators at the end of a block of stripes, so that high bits reach low ones.</summary>
    static abstract TVector Scramble(TVector accumulators, TVector secret);
}
