namespace BlockSnap.Items;

/// <summary>
/// A reading of the pool's own time, from which it goes on when the pool is opened again. It is kept while anything is locked or will go by
/// itself: written with each lock, with the first thing that will go, and by each checkpoint.
/// </summary>
/// <param name="Elapsed">Time that has certainly passed since the pool's time began.</param>
/// <param name="Wall">What the clock said.</param>
/// <param name="Uptime">The machine's monotonic time.</param>
/// <param name="Calendar">The pool's calendar, by which retention ends.</param>
/// <param name="MachineStart">Which start of the machine <paramref name="Uptime"/> counts from; zeros where that is not known.</param>
internal sealed record ClockItem(TimeSpan Elapsed, DateTimeOffset Wall, TimeSpan Uptime, DateTimeOffset Calendar, Guid MachineStart) : ICatalogItem
{
    public ItemKind Kind => ItemKind.Clock;

    public Guid ItemId => Guid.Empty;
}
