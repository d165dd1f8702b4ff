using BlockSnap.Items;

namespace BlockSnap.Policies;

/// <summary>Decides when a policy acts, from times that are handed in: it has no clock and no state (R22, R25).</summary>
internal static class PolicyEvaluator
{
    /// <summary>
    /// A clock that is set back by up to this much repeats no due time that was handled before. One that is set back further must have been wrong
    /// before: then due times begin anew.
    /// </summary>
    public static readonly TimeSpan SetBackMax = TimeSpan.FromDays(1);

    /// <summary>The due time for which a snapshot is to be made now, or null. However many were missed, it is one: the last.</summary>
    /// <param name="latest">The policy's last due time up to now.</param>
    /// <param name="handled">The due time that was handled last, or when the policy was applied.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset? FindDue(DateTimeOffset latest, DateTimeOffset handled, DateTimeOffset now) =>
        latest > handled || handled - now > SetBackMax ? latest : null;

    /// <summary>When the next snapshot is due; a time that has passed when one is due now.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="zone">Its time zone.</param>
    /// <param name="handled">The due time that was handled last, or when the policy was applied.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset FindNext(SnapshotPolicy policy, TimeZoneInfo zone, DateTimeOffset handled, DateTimeOffset now) =>
        FindDue(PolicyCalendar.Latest(policy, zone, now), handled, now) ?? PolicyCalendar.Next(policy, zone, handled > now ? handled : now);
}
