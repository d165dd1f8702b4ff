using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R18: filters and pages.</summary>
public sealed class ListRulesTests
{
    [Fact]
    public async Task R18_FiltersAreAnded()
    {
        var time = new ManualTime();
        await using TestPool test = await TestPool.CreateAsync(time: time);
        using IDisk one = await test.Pool.CreateDiskAsync("one", 4096);
        using IDisk two = await test.Pool.CreateDiskAsync("two", 4096);
        DateTimeOffset start = time.GetUtcNow();
        var prod = new Dictionary<string, string> { ["stage"] = "prod", ["empty"] = "" };
        Snapshot a = await one.Chain.CreateAsync("first", new SnapshotOptions { Tags = prod });
        time.Advance(TimeSpan.FromHours(1));
        Snapshot b = await two.Chain.CreateAsync("first");
        time.Advance(TimeSpan.FromHours(1));
        Snapshot c = await one.Chain.CreateAsync("auto2", new SnapshotOptions { Kind = SnapshotKind.Automatic, Tags = prod });
        using IDisk clone = await one.Chain.CloneAsync("first", "clone");
        await test.Pool.Images.CreateAsync("golden", b.Id, [a.Id]);

        Assert.Equal([a.Id, b.Id, c.Id], List(new SnapshotFilter()));
        Assert.Empty(List(new SnapshotFilter { Ids = [] }));
        Assert.Equal([a.Id, c.Id], List(new SnapshotFilter { Ids = [c.Id, a.Id] }));
        Assert.Equal([a.Id, c.Id], List(new SnapshotFilter { Disks = [one.Id] }));
        Assert.Equal([a.Id, b.Id], List(new SnapshotFilter { Name = "first" }));
        Assert.Equal([c.Id], List(new SnapshotFilter { Kind = SnapshotKind.Automatic }));
        Assert.Equal([a.Id, b.Id, c.Id], List(new SnapshotFilter { Status = SnapshotStatus.Accomplished }));
        Assert.Empty(List(new SnapshotFilter { Status = SnapshotStatus.Failed }));
        Assert.Equal([a.Id, c.Id], List(new SnapshotFilter { Tags = new Dictionary<string, string?> { ["stage"] = "prod", ["empty"] = null } }));
        Assert.Empty(List(new SnapshotFilter { Tags = new Dictionary<string, string?> { ["stage"] = "prod", ["empty"] = "x" } }));
        Assert.Equal([b.Id], List(new SnapshotFilter { CreatedFrom = start + TimeSpan.FromHours(1), CreatedBefore = start + TimeSpan.FromHours(2) }));
        Assert.Equal([a.Id, b.Id], List(new SnapshotFilter { UsedBy = SnapshotUse.Image }));
        Assert.Equal([a.Id], List(new SnapshotFilter { UsedBy = SnapshotUse.Disk }));
        Assert.Equal([c.Id], List(new SnapshotFilter { UsedBy = SnapshotUse.None }));
        Assert.Equal([a.Id], List(new SnapshotFilter { Name = "first", Disks = [one.Id], Kind = SnapshotKind.Manual, UsedBy = SnapshotUse.Image | SnapshotUse.Disk }));
        Assert.Empty(List(new SnapshotFilter { Name = "first", Kind = SnapshotKind.Automatic }));

        List<SnapshotId> List(SnapshotFilter filter) => [.. test.Pool.ListSnapshots(filter).Snapshots.Select(snapshot => snapshot.Id)];
    }

    [Fact]
    public async Task R18_PagesGiveEachSnapshotOnceWhateverHappensInBetween()
    {
        await using TestPool test = await TestPool.CreateAsync(quota: SnapshotQuota.Unlimited);
        using IDisk one = await test.Pool.CreateDiskAsync("one", 4096);
        using IDisk two = await test.Pool.CreateDiskAsync("two", 4096);
        for (int i = 0; i < 25; i++)
        {
            await (i % 3 == 0 ? one : two).Chain.CreateAsync($"s{i}");
        }

        var seen = new List<string>();
        string? token = null;
        do
        {
            SnapshotPage page = test.Pool.ListSnapshots(new SnapshotFilter { PageSize = 10, PageToken = token });
            Assert.InRange(page.Snapshots.Count, 1, 10);
            seen.AddRange(page.Snapshots.Select(snapshot => snapshot.Name));
            token = page.NextPageToken;
            if (seen.Count == 10)
            {
                // The one the token points at goes, one behind it goes, and a new one comes.
                await one.Chain.DeleteAsync(["s9"]);
                await two.Chain.DeleteAsync(["s11"]);
                await two.Chain.CreateAsync("late");
            }
        }
        while (token is not null);

        Assert.Equal([.. Enumerable.Range(0, 25).Where(i => i != 11).Select(i => $"s{i}"), "late"], seen);
        Assert.Throws<ArgumentException>(() => test.Pool.ListSnapshots(new SnapshotFilter { PageToken = "nonsense" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => test.Pool.ListSnapshots(new SnapshotFilter { PageSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => test.Pool.ListSnapshots(new SnapshotFilter { PageSize = 1001 }));
    }
}
