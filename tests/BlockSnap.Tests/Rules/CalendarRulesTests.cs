using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>
/// R19, R32: what is kept for seven days goes after seven days that passed, the machine on or off, whatever is done to the clock, with
/// openings in between (F17).
/// </summary>
public sealed class CalendarRulesTests
{
    private const int Days = 7;

    private readonly ManualTime _time = new();
    private readonly JumpingTime _clock;
    private readonly CrashableDevice _device = new();
    private Guid _machineStart = Guid.NewGuid();
    private DiskPool? _pool;

    public CalendarRulesTests() => _clock = new JumpingTime(_time) { Uptime = TimeSpan.FromDays(10) };

    [Theory]
    [InlineData(3650)]
    [InlineData(-3650)]
    [InlineData(0)]
    public async Task R19_ClockThatIsSet_AndOpenedAgain_EndsNothingEarlyOrLate(int jumpDays)
    {
        await MakeOneOfEachAsync();
        _clock.Offset = TimeSpan.FromDays(jumpDays);
        await AssertKeptForAsync(TimeSpan.FromDays(Days));
    }

    [Theory]
    [InlineData(3650)]
    [InlineData(-3650)]
    public async Task R19_ClockThatIsPutRightAgain_EndsNothingThatWasMadeMeanwhile(int jumpDays)
    {
        _clock.Offset = TimeSpan.FromDays(jumpDays);
        await MakeOneOfEachAsync();
        _clock.Offset = TimeSpan.Zero;
        await AssertKeptForAsync(TimeSpan.FromDays(Days));
    }

    [Fact]
    public async Task R19_MachineThatWasOff_TheDaysCount()
    {
        await MakeOneOfEachAsync();
        _time.Advance(TimeSpan.FromDays(Days - 1));
        _time.Advance(TimeSpan.FromHours(23));
        StartMachineAnew();
        await AssertKeptForAsync(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task R19_MachineStartedWithAClockSetBack_OnlyTheTimeOffIsMissing()
    {
        await MakeOneOfEachAsync();
        _time.Advance(TimeSpan.FromDays(2));
        await _pool!.CheckpointAsync();
        _clock.Offset = -TimeSpan.FromDays(365);
        StartMachineAnew();
        await AssertKeptForAsync(TimeSpan.FromDays(Days - 2));
    }

    // Up for longer than before, so that the monotonic times alone would not tell.
    private void StartMachineAnew()
    {
        _pool!.Abandon();
        _machineStart = Guid.NewGuid();
        _clock.Uptime += TimeSpan.FromDays(100);
        Open(killed: true);
    }

    // A snapshot, one in the trash, an undo point; then the process is killed, before a checkpoint.
    private async Task MakeOneOfEachAsync()
    {
        Open();
        IDisk disk = await _pool!.CreateDiskAsync("disk", 1 << 16);
        await disk.Chain.CreateAsync("kept", new SnapshotOptions { RetentionDays = Days });
        await disk.Chain.CreateAsync("deleted");
        await disk.Chain.DeleteAsync(["deleted"], new SnapshotDeleteOptions { TrashGrace = TimeSpan.FromDays(Days) });
        await disk.Chain.RollbackAsync("kept", new RollbackOptions { UndoRetentionDays = Days });
        Open(killed: true);
    }

    // Half of the time in this opening, half in the next, and not a tick less.
    private async Task AssertKeptForAsync(TimeSpan left)
    {
        Assert.Equal(0, await ExpireAsync());
        _time.Advance(left / 2);
        Open();
        Assert.Equal(0, await ExpireAsync());
        _time.Advance((left / 2) - TimeSpan.FromTicks(1));
        Assert.Equal(0, await ExpireAsync());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(3, await ExpireAsync());
        _pool!.Dispose();
    }

    private async Task<int> ExpireAsync()
    {
        ExpiryResult result = await _pool!.ExpireAsync();
        return result.Expired.Count + result.Purged.Count + result.UndoPoints.Count;
    }

    private void Open(bool killed = false)
    {
        if (killed)
        {
            _pool?.Abandon();
        }
        else
        {
            _pool?.Dispose();
        }

        var options = new DiskPoolOptions { SegmentBytes = 64 << 10, BackgroundWork = false, TimeProvider = _clock, MachineStart = () => _machineStart };
        _pool = DiskPool.OpenOrCreateAsync(_device, options).GetAwaiter().GetResult();
    }
}
