namespace BlockSnap.Snapshots;

/// <summary>
/// A reading of the pool's own time, from which it goes on when the pool is opened again. Written while anything is locked: with each
/// lock, and by each checkpoint.
/// </summary>
/// <param name="Elapsed">Time that has certainly passed since the pool's time began.</param>
/// <param name="Wall">What the clock said.</param>
/// <param name="Uptime">The machine's monotonic time.</param>
internal sealed record ClockItem(TimeSpan Elapsed, DateTimeOffset Wall, TimeSpan Uptime) : ICatalogItem
{
    public ItemKind Kind => ItemKind.Clock;

    public Guid ItemId => Guid.Empty;
}
