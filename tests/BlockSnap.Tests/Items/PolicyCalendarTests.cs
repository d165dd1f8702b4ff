using System.Globalization;
using BlockSnap.Items;

namespace BlockSnap.Tests.Items;

/// <summary>R20, R22: the due times of policies, in real time zones with all their changes of the clocks from 1990 to 2037.</summary>
public sealed class PolicyCalendarTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_quarter = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Zones whose clocks change by an hour, by half an hour, at midnight, by rules that came and went, around Ramadan, with a day left out, and
    /// never.
    /// </summary>
    public static TheoryData<string> Zones =>
    [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca",
        "Asia/Tehran", "Pacific/Apia", "America/Havana", "Asia/Kolkata", "UTC",
    ];

    [Theory]
    [MemberData(nameof(Zones))]
    public void R22_EachDueHour_FiresOnce_AtTheFirstQuarterOfAnHourThatShowsItOrLater(string id)
    {
        SnapshotPolicy policy = Policy(id, 0, 1, 2, 3, 13);
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        DateTimeOffset start = Utc("1990-01-01 00:00");
        List<DateTimeOffset> expected = Walk(zone, start, Utc("2038-01-01 00:00"), policy);

        DateTimeOffset at = start;
        for (int i = 0; i < expected.Count; i++)
        {
            DateTimeOffset due = PolicyCalendar.Next(policy, zone, at);
            Assert.Equal(expected[i], due);
            if (i % 5 == 1)
            {
                Assert.Equal(due, PolicyCalendar.Latest(policy, zone, due));
                Assert.Equal(expected[i - 1], PolicyCalendar.Latest(policy, zone, due - TimeSpan.FromTicks(1)));
            }

            at = due;
        }

        output.WriteLine($"{id}: {expected.Count} due times");
    }

    [Theory]
    [MemberData(nameof(Zones))]
    public void R22_OneHourADay_IsDueOnEveryDayThatThereIs_AndTwiceOnNone(string id)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        foreach (int hour in (int[])[0, 2, 3])
        {
            SnapshotPolicy policy = Policy(id, hour);
            DateTimeOffset at = Utc("1990-01-05 00:00");
            DateOnly day = PolicyCalendar.LocalDay(zone, at = PolicyCalendar.Next(policy, zone, at));
            while (day.Year < 2038)
            {
                at = PolicyCalendar.Next(policy, zone, at);
                DateOnly next = PolicyCalendar.LocalDay(zone, at);
                bool isDayLeftOut = id == "Pacific/Apia" && next == new DateOnly(2011, 12, 31);
                Assert.Equal(day.AddDays(isDayLeftOut ? 2 : 1), next);
                day = next;
            }
        }
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", 2, "2026-03-29 01:00")] // 02:00 is not there: at 03:00
    [InlineData("Europe/Berlin", "2026-03-29", 3, "2026-03-29 01:00")]
    [InlineData("Europe/Berlin", "2026-10-25", 2, "2026-10-25 00:00")] // comes twice: the first
    [InlineData("Europe/Berlin", "2026-10-25", 3, "2026-10-25 02:00")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03 15:30")] // 02:00 to 02:30 is not there
    [InlineData("Australia/Lord_Howe", "2026-10-04", 3, "2026-10-03 16:00")]
    [InlineData("Australia/Lord_Howe", "2026-04-05", 2, "2026-04-04 15:30")] // 01:30 to 02:00 comes twice
    [InlineData("America/Sao_Paulo", "2018-11-04", 0, "2018-11-04 03:00")] // the day began at 01:00
    [InlineData("America/New_York", "2026-11-01", 1, "2026-11-01 05:00")]
    [InlineData("Pacific/Apia", "2011-12-30", 12, "2011-12-30 10:00")] // there was no such day
    [InlineData("America/St_Johns", "1990-04-01", 1, "1990-04-01 03:31")] // 00:01 became 01:01
    [InlineData("Asia/Kolkata", "2026-01-01", 2, "2025-12-31 20:30")]
    public void R22_HourOfADay_IsDueAt(string id, string day, int hour, string utc)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        Assert.Equal(Utc(utc), PolicyCalendar.DueAt(zone, DateOnly.Parse(day, CultureInfo.InvariantCulture), hour));
    }

    /// <summary>
    /// In St. John's the clocks were set back at 00:01, to 23:01 of the day before: what was due at 00:00 stays the latest, and does not come again.
    /// </summary>
    [Fact]
    public void R22_ClocksSetBackOverMidnight_LatestIsOfTheDayTheyShowedBefore()
    {
        SnapshotPolicy policy = Policy("America/St_Johns", 0);
        DateTimeOffset due = Utc("2010-11-07 02:30");

        Assert.Equal(due, policy.NextDue(Utc("2010-11-07 02:29")));
        Assert.Equal(due, policy.LatestDue(Utc("2010-11-07 02:30")));
        Assert.Equal(due, policy.LatestDue(Utc("2010-11-07 02:45"))); // 23:15 on the 6th
        Assert.Equal(due, policy.LatestDue(Utc("2010-11-07 03:45"))); // 00:15 on the 7th, again
        Assert.Equal(Utc("2010-11-08 03:30"), policy.NextDue(due));
    }

    [Fact]
    public void R20_Weekdays_AreThoseOfTheZone()
    {
        SnapshotPolicy policy = Policy("Asia/Tokyo", 3) with { Weekdays = [DayOfWeek.Monday, DayOfWeek.Thursday] };

        // Monday 03:00 in Tokyo is Sunday 18:00 in UTC.
        DateTimeOffset monday = policy.NextDue(Utc("2026-01-03 00:00"));
        Assert.Equal(Utc("2026-01-04 18:00"), monday);
        Assert.Equal(Utc("2026-01-07 18:00"), policy.NextDue(monday));
        Assert.Equal(monday, policy.LatestDue(Utc("2026-01-07 17:59")));
    }

    // What somebody would see who looked at the clock every quarter of an hour: an hour is due when the clock shows it, or something
    // later, and never did before.
    private static List<DateTimeOffset> Walk(TimeZoneInfo zone, DateTimeOffset start, DateTimeOffset end, SnapshotPolicy policy)
    {
        var dues = new List<DateTimeOffset>();
        DateTime latest = start.UtcDateTime + zone.GetUtcOffset(start);
        for (DateTimeOffset at = start + s_quarter; at < end; at += s_quarter)
        {
            DateTime shown = at.UtcDateTime + zone.GetUtcOffset(at);
            bool isDue = false;
            for (DateTime hour = latest.Date.AddHours(latest.Hour + 1); hour <= shown; hour = hour.AddHours(1))
            {
                isDue |= policy.Hours.Contains(hour.Hour) && (hour.Date == shown.Date || hour.Date == latest.Date); // else there was no such day
            }

            if (isDue)
            {
                dues.Add(at);
            }

            latest = shown > latest ? shown : latest;
        }

        return dues;
    }

    private static SnapshotPolicy Policy(string zone, params int[] hours) => new() { Name = "policy", Hours = hours, TimeZone = zone };

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
