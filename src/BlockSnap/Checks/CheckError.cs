namespace BlockSnap;

/// <summary>One thing that a check found wrong. Immutable.</summary>
/// <param name="Code">A stable word, e.g. "block-corrupted", "node-corrupted", "count-wrong", "live-bytes-wrong", "segment-missing".</param>
/// <param name="Message">What, where, expected and found.</param>
public sealed record CheckError(string Code, string Message);
