using BlockSnap.Throughput.Patterns;

namespace BlockSnap.Throughput;

/// <summary>One side of a pair.</summary>
/// <param name="Target">What it runs on.</param>
/// <param name="Pattern">What it does; an instance of its own.</param>
internal sealed record Side(ITarget Target, Pattern Pattern);
