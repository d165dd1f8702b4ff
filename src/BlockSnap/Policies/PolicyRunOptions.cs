namespace BlockSnap;

/// <summary>What a run of the policies is to do. Immutable.</summary>
public sealed class PolicyRunOptions
{
    /// <summary>Whether only to say what would be done. Default false.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether to delete, first, what has outlived its retention, as <see cref="DiskPool.ExpireAsync"/> does. Default true.</summary>
    public bool Expire { get; init; } = true;
}
