namespace BlockSnap.Cli;

/// <summary>Something damaged, and every range of a disk or snapshot that cannot be read because of it.</summary>
internal sealed record DamageFacts(string Code, string Message, string File, IReadOnlyList<DamagedRangeFacts> Ranges)
{
    public static DamageFacts Of(PoolDamage damage) => new(
        damage.Code,
        damage.Message,
        damage.File,
        [.. damage.Ranges.Select(range => new DamagedRangeFacts(range.Disk, range.Snapshot, StateOf(range.State), range.Offset, range.Length))]);

    private static string StateOf(DamagedState state) => state switch
    {
        DamagedState.Disk => "disk",
        DamagedState.Trash => "trash",
        DamagedState.UndoPoint => "undo-point",
        _ => "snapshot",
    };
}
