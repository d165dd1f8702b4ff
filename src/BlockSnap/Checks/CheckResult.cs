namespace BlockSnap;

/// <summary>What a check found. Immutable.</summary>
/// <param name="Errors">Everything that is wrong; empty when the pool is sound.</param>
/// <param name="BlocksChecked">Blocks and map nodes looked at.</param>
public sealed record CheckResult(IReadOnlyList<CheckError> Errors, long BlocksChecked)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Ok => Errors.Count == 0;
}
