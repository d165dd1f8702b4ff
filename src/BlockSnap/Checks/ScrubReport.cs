using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a scrub found. Immutable.</summary>
/// <param name="IsComplete">Whether it reached the end of what was stored when it began.</param>
/// <param name="Position">Where the next one goes on; 0 when this one was complete.</param>
/// <param name="BlocksRead">Blocks and map nodes read, each once.</param>
/// <param name="BytesRead">Their bytes.</param>
/// <param name="Damage">What is damaged; empty when nothing is.</param>
public sealed record ScrubReport(bool IsComplete, long Position, long BlocksRead, long BytesRead, IReadOnlyList<PoolDamage> Damage)
{
    /// <summary><inheritdoc cref="ScrubReport" path="/param[@name='Damage']/node()"/></summary>
    public IReadOnlyList<PoolDamage> Damage { get; init => field = Printed.Of(value); } = Printed.Of(Damage);

    /// <summary>Whether nothing is damaged.</summary>
    public bool Ok => Damage.Count == 0;
}
