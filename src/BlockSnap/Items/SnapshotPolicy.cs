using BlockSnap.Items;
using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>
/// When automatic snapshots are made and how long they are kept. Immutable; a change is a copy (<c>with</c>) that is handed to
/// <see cref="SnapshotPolicies.ChangeAsync"/>.
/// </summary>
public sealed record SnapshotPolicy : ICatalogItem
{
    /// <summary>The retention of a policy that says none, in days.</summary>
    public const int DefaultRetentionDays = 30;

    /// <summary>The identity, given by the pool; empty before.</summary>
    public Guid Id { get; internal init; }

    /// <summary>
    /// The name, unique among the policies of the pool: 2 to 128 characters, a letter first, then letters, digits, '.', '_', '-' and ':'.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>When it was made, UTC; given by the pool.</summary>
    public DateTimeOffset Created { get; internal init; }

    /// <summary>The hours of the day, 0 to 23, at whose beginning a snapshot is due; at least one.</summary>
    public required IReadOnlyList<int> Hours { get; init => field = Printed.Of(value); }

    /// <summary>The days on which it is; at least one. Default all seven.</summary>
    public IReadOnlyList<DayOfWeek> Weekdays { get; init => field = Printed.Of(value); } = Printed.Of(Enum.GetValues<DayOfWeek>());

    /// <summary>
    /// The time zone that hours, days and names are meant in, by its name in the IANA database, "Europe/Berlin". Default "UTC".
    /// </summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Days a snapshot is kept, 1 to 65,536, or null: until the quota needs its place. Default 30.</summary>
    public int? RetentionDays { get; init; } = DefaultRetentionDays;

    /// <summary>Whether a disk that nobody uses (<see cref="DiskPool.Attach(string, string)"/>) is passed over. Default false.</summary>
    public bool SkipUnused { get; init; }

    /// <summary>Whether a disk in which nothing changed since its last snapshot is passed over. Default false.</summary>
    public bool SkipUnchanged { get; init; }

    /// <summary>Since when hours, days and zone are what they are: what was due before is not made up for.</summary>
    internal DateTimeOffset Rescheduled { get; init; }

    ItemKind ICatalogItem.Kind => ItemKind.Policy;

    Guid ICatalogItem.ItemId => Id;

    /// <summary>
    /// The first time after another at which a snapshot is due. An hour that the clocks skip is due when they have skipped it, together with
    /// the next one if that is due too; an hour that they repeat is due the first time only.
    /// </summary>
    /// <param name="after">Any time of the years 2 to 9998.</param>
    /// <exception cref="ArgumentException">The system does not know the time zone.</exception>
    public DateTimeOffset NextDue(DateTimeOffset after) => PolicyCalendar.Next(this, TimeZones.Find(TimeZone), after);

    /// <summary>The last time, up to another, at which a snapshot was due.</summary>
    /// <param name="upTo">Any time of the years 2 to 9998.</param>
    /// <exception cref="ArgumentException">The system does not know the time zone.</exception>
    public DateTimeOffset LatestDue(DateTimeOffset upTo) => PolicyCalendar.Latest(this, TimeZones.Find(TimeZone), upTo);

    /// <summary>Whether another policy is due at the same times.</summary>
    internal bool HasScheduleOf(SnapshotPolicy other) =>
        TimeZone == other.TimeZone && Hours.Order().SequenceEqual(other.Hours.Order()) && Weekdays.Order().SequenceEqual(other.Weekdays.Order());
}
