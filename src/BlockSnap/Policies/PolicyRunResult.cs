using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a run of the policies did. Immutable.</summary>
/// <param name="Outcomes">One for each disk for which a snapshot was due, in the order in which the disks were made.</param>
/// <param name="Expiry">What had outlived its retention; null when that was not asked for.</param>
public sealed record PolicyRunResult(IReadOnlyList<PolicyOutcome> Outcomes, ExpiryResult? Expiry)
{
    /// <summary><inheritdoc cref="PolicyRunResult" path="/param[@name='Outcomes']/node()"/></summary>
    public IReadOnlyList<PolicyOutcome> Outcomes { get; init => field = Printed.Of(value); } = Printed.Of(Outcomes);

    /// <summary>Whether anything was due or has expired.</summary>
    public bool HasEffect => Outcomes.Count > 0 || Expiry is { } expiry && expiry.Expired.Count + expiry.Purged.Count + expiry.UndoPoints.Count > 0;
}
