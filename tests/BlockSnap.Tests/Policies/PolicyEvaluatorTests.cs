using System.Globalization;
using BlockSnap.Policies;

namespace BlockSnap.Tests.Policies;

/// <summary>R25, and what clocks that are set do to a policy.</summary>
public sealed class PolicyEvaluatorTests
{
    private static readonly SnapshotPolicy s_everyFourHours = new() { Name = "policy", Hours = [0, 4, 8, 12, 16, 20] };

    [Fact]
    public void R25_DueTimesMissed_AreOneCatchUp()
    {
        DateTimeOffset handled = Utc("2026-01-01 04:00");

        Assert.Null(Find(handled, Utc("2026-01-01 07:59")));
        Assert.Equal(Utc("2026-01-01 08:00"), Find(handled, Utc("2026-01-01 08:00")));
        DateTimeOffset? afterAMonth = Find(handled, Utc("2026-02-01 09:30"));
        Assert.Equal(Utc("2026-02-01 08:00"), afterAMonth);
        Assert.Null(Find(afterAMonth!.Value, Utc("2026-02-01 09:30")));
    }

    [Theory]
    [InlineData("2026-01-01 07:59", null)] // just before what was handled
    [InlineData("2025-12-31 08:00", null)] // a day back
    [InlineData("2025-12-31 07:59", "2025-12-31 04:00")] // further back: the clock was wrong before
    [InlineData("2016-01-01 00:00", "2016-01-01 00:00")]
    public void R22_ClockSetBack_RepeatsNoHourOfTheLastDay_AndStartsAnewBeyond(string now, string? due) =>
        Assert.Equal(due is null ? null : Utc(due), Find(Utc("2026-01-01 08:00"), Utc(now)));

    [Fact]
    public void R22_ClockSetBackAndForth_NeverFiresTwiceForOneHourWithinADay()
    {
        var random = new SeededRandom(7);
        DateTimeOffset handled = Utc("2026-01-01 00:00");
        DateTimeOffset now = handled;
        DateTimeOffset latest = handled;
        var fired = new HashSet<DateTimeOffset>();
        int crossings = 0;
        for (int i = 0; i < 20_000; i++)
        {
            // Some minutes forward, now and then some hours forward or back; never a whole day behind the latest time.
            now += random.Next(20) == 0 ? TimeSpan.FromMinutes(random.Next(1200) - 600) : TimeSpan.FromMinutes(random.Next(30));
            now = now < latest - TimeSpan.FromHours(20) ? latest - TimeSpan.FromHours(20) : now;
            crossings += now > latest && s_everyFourHours.LatestDue(now) > s_everyFourHours.LatestDue(latest) ? 1 : 0;
            latest = now > latest ? now : latest;
            if (Find(handled, now) is { } due)
            {
                Assert.True(fired.Add(due), $"{due} fired twice");
                handled = due;
            }
        }

        // Each due time that the clock passed for the first time was met; of several that one leap passed, the last.
        Assert.Equal(crossings, fired.Count);
        Assert.InRange(crossings, 900, int.MaxValue);
    }

    [Fact]
    public void R20_SixtyFourSnapshotsAnHourApart_ReachBackAsFarAsTheyMust()
    {
        // A daily policy reaches back 64 days, one of every four hours 10 days and 16 hours.
        Assert.Equal(TimeSpan.FromDays(64), Reach(new SnapshotPolicy { Name = "daily", Hours = [2] }, 64));
        Assert.Equal(new TimeSpan(10, 16, 0, 0), Reach(s_everyFourHours, 64));
        Assert.Equal(TimeSpan.FromDays(64 * 7), Reach(new SnapshotPolicy { Name = "weekly", Hours = [2], Weekdays = [DayOfWeek.Sunday] }, 64));
    }

    // How old the oldest of so many snapshots is when the next one is due.
    private static TimeSpan Reach(SnapshotPolicy policy, int count)
    {
        DateTimeOffset oldest = policy.NextDue(Utc("2026-01-01 00:00"));
        DateTimeOffset at = oldest;
        for (int i = 0; i < count; i++)
        {
            at = policy.NextDue(at);
        }

        return at - oldest;
    }

    private static DateTimeOffset? Find(DateTimeOffset handled, DateTimeOffset now) =>
        PolicyEvaluator.FindDue(s_everyFourHours.LatestDue(now), handled, now);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
