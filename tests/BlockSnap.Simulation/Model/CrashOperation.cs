namespace BlockSnap.Simulation;

/// <summary>One call to a pool, and what it does to the model in the smallest steps that a crash may fall between.</summary>
/// <param name="Text">What failures print.</param>
/// <param name="Steps">In order; none for a flush.</param>
/// <param name="IsDurable">Whether all steps up to its end survive a crash once it has returned.</param>
/// <param name="Do">The call.</param>
internal sealed record CrashOperation(string Text, IReadOnlyList<Action<PoolModel>> Steps, bool IsDurable, Func<DiskPool, Task> Do);
