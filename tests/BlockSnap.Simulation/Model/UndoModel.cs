namespace BlockSnap.Simulation;

/// <summary>The model of an undo point.</summary>
/// <param name="State">What the rollback replaced.</param>
/// <param name="Expires">When its retention ends.</param>
/// <param name="Group">The group whose rollback made it, or null.</param>
internal sealed record UndoModel(DiskState State, DateTimeOffset Expires, string? Group)
{
    /// <summary>Days that undo points are kept unless the rollback says otherwise.</summary>
    public static int DefaultDays { get; } = new DiskPoolOptions().UndoRetentionDays!.Value;
}
