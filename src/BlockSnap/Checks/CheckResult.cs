using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a check found. Immutable.</summary>
/// <param name="Errors">Everything that is wrong; empty when the pool is sound.</param>
/// <param name="BlocksChecked">Blocks and map nodes looked at.</param>
public sealed record CheckResult(IReadOnlyList<CheckError> Errors, long BlocksChecked)
{
    /// <summary><inheritdoc cref="CheckResult" path="/param[@name='Errors']/node()"/></summary>
    public IReadOnlyList<CheckError> Errors { get; init => field = Printed.Of(value); } = Printed.Of(Errors);

    /// <summary>Whether nothing is wrong.</summary>
    public bool Ok => Errors.Count == 0;
}
