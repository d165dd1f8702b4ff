using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>A pool with small disks, one policy, and a clock that a test moves on.</summary>
internal sealed class PolicyPool : IAsyncDisposable
{
    private const int DiskBytes = 16 << 10;

    private readonly TestPool _test;

    private PolicyPool(TestPool test, ManualTime time) => (_test, Time) = (test, time);

    public static SnapshotPolicy Nightly { get; } = new() { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin", RetentionDays = 7 };

    public static SnapshotPolicy Hourly { get; } = new() { Name = "hourly", Hours = [.. Enumerable.Range(0, 24)], RetentionDays = null };

    public ManualTime Time { get; }

    public DiskPool Pool => _test.Pool;

    public SnapshotPolicies Policies => _test.Pool.Policies;

    /// <summary>Makes it at half past midnight of a Friday, unless said, with the nightly policy unless said, applied to no disk yet.</summary>
    public static async Task<PolicyPool> CreateAsync(string[] disks, SnapshotPolicy? policy = null, SnapshotQuota? quota = null, string at = "2026-01-02 00:30")
    {
        var time = new ManualTime(Utc(at));
        TestPool test = await TestPool.CreateAsync(quota: quota, time: time);
        foreach (string disk in disks)
        {
            (await test.Pool.CreateDiskAsync(disk, DiskBytes)).Dispose();
        }

        await test.Pool.Policies.CreateAsync(policy ?? Nightly);
        return new PolicyPool(test, time);
    }

    public static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The next hour, and what was done then; null when nothing was due.</summary>
    public async Task<PolicyRunStatus?> NextHourAsync()
    {
        Time.Advance(TimeSpan.FromHours(1));
        return (await Policies.RunAsync()).Outcomes.FirstOrDefault()?.Status;
    }

    /// <summary>The names of a disk's snapshots, oldest first.</summary>
    public IReadOnlyList<string> Names(string disk) => [.. Pool.OpenChain(disk).Snapshots.Select(snapshot => snapshot.Name)];

    public Task KillAsync() => _test.KillAsync();

    public Task ReopenAsync() => _test.ReopenAsync();

    public ValueTask DisposeAsync() => _test.DisposeAsync();
}
