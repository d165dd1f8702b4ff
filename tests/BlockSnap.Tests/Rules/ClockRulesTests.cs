using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>A clock that is set back and forth: snapshots stay in the order in which they were taken.</summary>
public sealed class ClockRulesTests
{
    private const int Block = 4096;

    // Years both ways, a month, daylight saving both ways, and a second.
    private static readonly TimeSpan[] s_jumps =
    [
        TimeSpan.Zero, TimeSpan.FromDays(-400), TimeSpan.FromDays(31), TimeSpan.FromDays(-3650), TimeSpan.FromDays(3650),
        TimeSpan.FromHours(1), TimeSpan.FromHours(-1), TimeSpan.FromSeconds(-1), TimeSpan.Zero,
    ];

    [Fact]
    public async Task R9_ClockThatJumps_SnapshotsStayInTheOrderOfTheirCreation()
    {
        var time = new ManualTime();
        var clock = new JumpingTime(time);
        await using TestPool test = await TestPool.CreateAsync(time: clock);
        (await test.Pool.CreateDiskAsync("disk", 8 * Block)).Dispose();
        var names = new List<string>();
        var created = new List<DateTimeOffset>();
        foreach (TimeSpan jump in s_jumps)
        {
            clock.Offset = jump;
            time.Advance(TimeSpan.FromMinutes(1));
            using (IDisk disk = test.Pool.OpenDisk("disk"))
            {
                string name = $"s-{names.Count}";
                disk.WriteBlock(0, seed: names.Count + 1);
                created.Add((await disk.Chain.CreateAsync(name)).Created);
                names.Add(name);
                Assert.Equal(name, disk.Chain.Latest!.Name);
            }

            await test.Pool.CheckpointAsync();
            await (names.Count % 2 == 0 ? test.KillAsync() : test.ReopenAsync());
            Assert.Equal(names, test.Pool.OpenChain("disk").Snapshots.Select(snapshot => snapshot.Name));
        }

        // The control: wall time would have given another order.
        Assert.NotEqual(created.Order(), created);
        using IDisk last = test.Pool.OpenDisk("disk");
        for (int i = 0; i < names.Count; i++)
        {
            using IDisk view = last.Chain.Open(names[i]);
            view.AssertBlock(0, seed: i + 1);
        }

        // What a rollback undoes is what came after the snapshot, not what has a later date.
        await last.Chain.RollbackAsync(names[3]);
        last.AssertBlock(0, seed: 4);
        Assert.Equal(names, last.Chain.Snapshots.Select(snapshot => snapshot.Name));
        await test.Pool.AssertSoundAsync();
    }

    [Fact]
    public async Task R9_RealProcessesWhoseClocksAreYearsApart_OrderHolds()
    {
        using var directory = new TempDirectory();
        await using (DiskPool fresh = await DiskPool.OpenOrCreateAsync(directory["pool"]))
        {
            await fresh.CreateDiskAsync("a", 8 * Block);
        }

        string[] shifts = ["+0d", "+3650d", "-3650d", "+30d", "-1h", "+1h"];
        for (int i = 0; i < shifts.Length; i++)
        {
            // The date alone: the time since the start of the machine goes on for all of them, as when the clock is set.
            Assert.Equal(["ok snapshot"], await FaultTargetProcess.RunUnderAsync(["faketime", "--exclude-monotonic", "-f", shifts[i]], "pool-snapshot", directory["pool"], $"s-{i}"));
        }

        using DiskPool pool = await DiskPool.OpenAsync(directory["pool"]);
        IReadOnlyList<Snapshot> snapshots = pool.OpenChain("a").Snapshots;
        Assert.Equal(shifts.Select((_, i) => $"s-{i}"), snapshots.Select(snapshot => snapshot.Name));
        await pool.AssertSoundAsync();

        // The control: the processes did see other dates.
        Assert.True(snapshots[1].Created > snapshots[0].Created.AddYears(9), $"{snapshots[0].Created:O}, then {snapshots[1].Created:O}");
    }
}
