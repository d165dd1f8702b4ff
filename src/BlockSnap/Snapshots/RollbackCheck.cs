using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>Whether a disk can be rolled back, and everything that stands against it. Immutable.</summary>
/// <param name="Obstacles">What stands against it; empty when nothing does.</param>
/// <param name="Messages">The same in words, in the same order.</param>
public sealed record RollbackCheck(IReadOnlyList<RollbackObstacle> Obstacles, IReadOnlyList<string> Messages)
{
    /// <summary><inheritdoc cref="RollbackCheck" path="/param[@name='Obstacles']/node()"/></summary>
    public IReadOnlyList<RollbackObstacle> Obstacles { get; init => field = Printed.Of(value); } = Printed.Of(Obstacles);

    /// <summary><inheritdoc cref="RollbackCheck" path="/param[@name='Messages']/node()"/></summary>
    public IReadOnlyList<string> Messages { get; init => field = Printed.Of(value); } = Printed.Of(Messages);

    /// <summary>Whether nothing stands against it.</summary>
    public bool Ok => Obstacles.Count == 0;
}
