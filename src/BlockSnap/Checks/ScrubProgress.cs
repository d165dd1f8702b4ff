namespace BlockSnap;

/// <summary>How far a scrub has come. Immutable.</summary>
/// <param name="DoneBytes">Bytes of blocks proven so far.</param>
/// <param name="TotalBytes">Bytes of blocks there were to prove when it began.</param>
/// <param name="Position">Where a later scrub can go on; see <see cref="ScrubOptions.StartAt"/>.</param>
/// <param name="Remaining">The time it will still take at the pace so far, or null when that is not known yet.</param>
/// <param name="DamageCount">Places found damaged so far.</param>
public readonly record struct ScrubProgress(long DoneBytes, long TotalBytes, long Position, TimeSpan? Remaining, int DamageCount);
