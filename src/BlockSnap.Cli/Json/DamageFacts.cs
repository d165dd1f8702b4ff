namespace BlockSnap.Cli;

/// <summary>Something damaged, and every range of a disk or snapshot that cannot be read because of it.</summary>
internal sealed record DamageFacts(string Code, string Message, string File, IReadOnlyList<DamagedRangeFacts> Ranges)
{
    public static DamageFacts Of(PoolDamage damage) => new(
        damage.Code,
        damage.Message,
        damage.File,
        [.. damage.Ranges.Select(range => new DamagedRangeFacts(range.Disk, range.Snapshot, range.Offset, range.Length))]);
}
