namespace BlockSnap.Catalogs;

/// <summary>
/// The state that a head was equal to when it was last frozen or replaced. What the head refers to is in that state too, or it is the head's alone.
/// </summary>
/// <param name="IsKnown">False when that state is gone, or not known any more since the pool was opened.</param>
/// <param name="State">Null for an empty map.</param>
internal readonly record struct HeadOrigin(bool IsKnown, SnapshotState? State)
{
    public static HeadOrigin Unknown { get; }

    public static HeadOrigin Of(SnapshotState? state) => new(true, state);
}
