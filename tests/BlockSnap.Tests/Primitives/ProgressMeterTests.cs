using BlockSnap.Primitives;

namespace BlockSnap.Tests.Primitives;

/// <summary>R14: how far long work has come, and the time it will still take.</summary>
public sealed class ProgressMeterTests : IProgress<WorkProgress>
{
    private readonly List<WorkProgress> _reports = [];

    void IProgress<WorkProgress>.Report(WorkProgress value) => _reports.Add(value);

    [Fact]
    public void R14_Remaining_IsWhatTheRestTakesAtThePaceSoFar()
    {
        var time = new ManualTime();
        var meter = new ProgressMeter(this, time);
        meter.Report(0, 100);
        time.Advance(TimeSpan.FromSeconds(10));
        meter.Report(25, 100);
        time.Advance(TimeSpan.FromSeconds(10));
        meter.Report(80, 100);
        meter.Report(100, 100);
        meter.Report(120, 100);
        meter.Report(5, 0);

        Assert.Equal(
            [null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.Zero, null],
            _reports.Select(report => report.Remaining));
        Assert.Equal([0, 25, 80, 100, 100, 0], _reports.Select(report => report.Percent));
    }
}
