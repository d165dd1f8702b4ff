namespace BlockSnap.Tests.Testing;

public sealed class ManualTimeTests
{
    [Fact]
    public void Advance_TimersFallDueOnTheWay_FireInOrderAtTheirOwnTimes()
    {
        var time = new ManualTime();
        DateTimeOffset start = time.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using ITimer late = time.CreateTimer(_ => fired.Add(("late", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using ITimer often = time.CreateTimer(_ => fired.Add(("often", time.GetUtcNow() - start)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("often", TimeSpan.FromSeconds(2)), ("often", TimeSpan.FromSeconds(4)), ("late", TimeSpan.FromSeconds(5))], fired);
        Assert.Equal(start + TimeSpan.FromSeconds(5), time.GetUtcNow());
    }

    [Fact]
    public void Advance_DisposedTimer_DoesNotFire()
    {
        var time = new ManualTime();
        time.CreateTimer(_ => Assert.Fail("It was disposed."), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan).Dispose();

        time.Advance(TimeSpan.FromDays(1));
    }
}
