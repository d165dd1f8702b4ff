namespace BlockSnap.Cli;

/// <summary>Printed by <c>scrub</c>. The position is where --from goes on, 0 when the scrub was complete.</summary>
internal sealed record ScrubResult(bool Ok, bool Complete, long Position, long BlocksRead, long BytesRead, IReadOnlyList<DamageFacts> Damage)
{
    public static ScrubResult Of(ScrubReport report) => new(
        report.Ok, report.IsComplete, report.Position, report.BlocksRead, report.BytesRead, [.. report.Damage.Select(DamageFacts.Of)]);
}
