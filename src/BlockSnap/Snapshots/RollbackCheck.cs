namespace BlockSnap;

/// <summary>Whether a disk can be rolled back, and everything that stands against it. Immutable.</summary>
/// <param name="Obstacles">What stands against it; empty when nothing does.</param>
/// <param name="Messages">The same in words, in the same order.</param>
public sealed record RollbackCheck(IReadOnlyList<RollbackObstacle> Obstacles, IReadOnlyList<string> Messages)
{
    /// <summary>Whether nothing stands against it.</summary>
    public bool Ok => Obstacles.Count == 0;
}
