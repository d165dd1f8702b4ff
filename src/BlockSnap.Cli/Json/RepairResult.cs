using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>repair</c>. Exact: nothing is lost.</summary>
internal sealed record RepairResult(
    bool Exact, int Disks, int Snapshots, bool LogIsCut, int BatchesLeftOut, IReadOnlyList<string> FilesLeftOut, IReadOnlyList<DamageFacts> Damage)
{
    /// <summary>True when nothing was done; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }

    public static RepairResult Of(RepairReport report) => new(
        report.IsExact,
        report.Disks,
        report.Snapshots,
        report.LogIsCut,
        report.BatchesLeftOut,
        report.FilesLeftOut,
        [.. report.Damage.Select(DamageFacts.Of)]);
}
