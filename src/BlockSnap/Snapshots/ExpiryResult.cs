using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a pass of retention did. Immutable.</summary>
/// <param name="Expired">Snapshots whose retention had ended and that are deleted now.</param>
/// <param name="Purged">Deleted snapshots whose grace period had ended.</param>
/// <param name="UndoPoints">States before rollbacks whose retention had ended.</param>
/// <param name="Kept">Snapshots whose retention has ended but which something holds: a hold, a lock, an image, a disk made from it.</param>
public sealed record ExpiryResult(
    IReadOnlyList<Snapshot> Expired, IReadOnlyList<Snapshot> Purged, IReadOnlyList<Snapshot> UndoPoints, IReadOnlyList<Snapshot> Kept)
{
    /// <summary><inheritdoc cref="ExpiryResult" path="/param[@name='Expired']/node()"/></summary>
    public IReadOnlyList<Snapshot> Expired { get; init => field = Printed.Of(value); } = Printed.Of(Expired);

    /// <summary><inheritdoc cref="ExpiryResult" path="/param[@name='Purged']/node()"/></summary>
    public IReadOnlyList<Snapshot> Purged { get; init => field = Printed.Of(value); } = Printed.Of(Purged);

    /// <summary><inheritdoc cref="ExpiryResult" path="/param[@name='UndoPoints']/node()"/></summary>
    public IReadOnlyList<Snapshot> UndoPoints { get; init => field = Printed.Of(value); } = Printed.Of(UndoPoints);

    /// <summary><inheritdoc cref="ExpiryResult" path="/param[@name='Kept']/node()"/></summary>
    public IReadOnlyList<Snapshot> Kept { get; init => field = Printed.Of(value); } = Printed.Of(Kept);
}
