namespace BlockSnap.Throughput.Scale;

/// <summary>All curves of a run. Its names are those of the JSON document.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Commit">What was measured.</param>
/// <param name="Taken">When the run ended.</param>
/// <param name="CacheBytes">The cache option, against which memory is to be seen.</param>
/// <param name="Curves">The curves.</param>
internal sealed record ScaleReport(Machine Machine, string Commit, DateTimeOffset Taken, long CacheBytes, IReadOnlyList<ScaleCurve> Curves)
{
    /// <summary>What a pool may take beside its cache.</summary>
    public const long MemoryBeside = 128 * ByteSize.MiB;
}
