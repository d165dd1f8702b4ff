namespace BlockSnap.Items;

/// <summary>
/// The due times of a policy (R20, R22). A local hour is due at the first instant at which the clocks of the zone show it or something
/// later. That one sentence says all there is about daylight saving: an hour that is skipped is due at the end of the gap, one that is
/// repeated is due once, and later hours are never due before earlier ones. Pure.
/// </summary>
internal static class PolicyCalendar
{
    // No zone is further from UTC than this.
    private static readonly TimeSpan s_offsetMax = TimeSpan.FromHours(14);

    // No zone changes its offset twice within this time.
    private static readonly TimeSpan s_step = TimeSpan.FromHours(3);

    // Within a week something is due, whatever the weekdays; the rest is for days that changes of the offset shift or leave out.
    private const int DaysMax = 10;

    /// <summary>The first due time after an instant.</summary>
    public static DateTimeOffset Next(SnapshotPolicy policy, TimeZoneInfo zone, DateTimeOffset after)
    {
        DateOnly first = LocalDay(zone, after); // hours of earlier days are not due any more
        for (int day = 0; day <= DaysMax; day++)
        {
            if (IsDay(policy, first.AddDays(day)))
            {
                foreach (int hour in policy.Hours.Order())
                {
                    DateTimeOffset due = DueAt(zone, first.AddDays(day), hour);
                    if (due > after && Exists(zone, first.AddDays(day), due))
                    {
                        return due;
                    }
                }
            }
        }

        throw new InvalidOperationException("A policy without hours or days is never due.");
    }

    /// <summary>The last due time that is not after an instant.</summary>
    public static DateTimeOffset Latest(SnapshotPolicy policy, TimeZoneInfo zone, DateTimeOffset upTo)
    {
        DateOnly last = LocalDay(zone, upTo).AddDays(1); // the clocks may have been set back over midnight
        for (int day = 0; day <= DaysMax; day++)
        {
            if (IsDay(policy, last.AddDays(-day)))
            {
                foreach (int hour in policy.Hours.OrderDescending())
                {
                    DateTimeOffset due = DueAt(zone, last.AddDays(-day), hour);
                    if (due <= upTo && Exists(zone, last.AddDays(-day), due))
                    {
                        return due;
                    }
                }
            }
        }

        throw new InvalidOperationException("A policy without hours or days is never due.");
    }

    /// <summary>The day that the clocks of a zone show.</summary>
    public static DateOnly LocalDay(TimeZoneInfo zone, DateTimeOffset at) =>
        DateOnly.FromDateTime(at.UtcDateTime + zone.GetUtcOffset(at.UtcDateTime));

    /// <summary>The first instant at which the clocks of a zone show an hour of a day, or something later.</summary>
    public static DateTimeOffset DueAt(TimeZoneInfo zone, DateOnly day, int hour)
    {
        DateTime local = day.ToDateTime(new TimeOnly(hour, 0), DateTimeKind.Utc);
        DateTime at = local - s_offsetMax;
        while (true)
        {
            // With this offset the clocks show the hour at the candidate, unless the offset changes before.
            TimeSpan offset = zone.GetUtcOffset(at);
            DateTime candidate = local - offset;
            if (candidate <= at)
            {
                return new DateTimeOffset(at, TimeSpan.Zero);
            }

            if (FindChange(zone, at, candidate, offset) is not { } change)
            {
                return new DateTimeOffset(candidate, TimeSpan.Zero);
            }

            at = change;
        }
    }

    private static bool IsDay(SnapshotPolicy policy, DateOnly day) => policy.Weekdays.Contains(day.DayOfWeek);

    // A zone that moves across the date line leaves out a whole day: nothing is due on that.
    private static bool Exists(TimeZoneInfo zone, DateOnly day, DateTimeOffset due) =>
        LocalDay(zone, due) == day || DueAt(zone, day, 0) < DueAt(zone, day.AddDays(1), 0);

    // The first second from which on the zone has another offset, or null when there is none up to the end.
    private static DateTime? FindChange(TimeZoneInfo zone, DateTime start, DateTime end, TimeSpan offset)
    {
        DateTime same = start;
        while (same < end)
        {
            DateTime next = end - same < s_step ? end : same + s_step;
            if (zone.GetUtcOffset(next) == offset)
            {
                same = next;
                continue;
            }

            while (next - same > TimeSpan.FromSeconds(1))
            {
                DateTime middle = same + TimeSpan.FromSeconds((long)((next - same) / 2).TotalSeconds);
                (same, next) = zone.GetUtcOffset(middle) == offset ? (middle, next) : (same, middle);
            }

            return next;
        }

        return null;
    }
}
