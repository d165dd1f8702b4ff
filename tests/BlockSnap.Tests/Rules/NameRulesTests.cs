using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Rules;

/// <summary>R16: names, descriptions and tags of snapshots, each clause from both sides.</summary>
public sealed class NameRulesTests
{
    public static TheoryData<string> GoodNames =>
    [
        "ab",
        "a1",
        "Nightly",
        "a:b_c-d.e",
        "z9.",
        "aut",
        "my-auto",
        "ähre",
        "снимок",
        "快照2026",
        "日本",
        "été",
        new string('n', 128),
    ];

    public static TheoryData<string> BadNames =>
    [
        "",
        "a",
        new string('n', 129),
        "1abc",
        "_abc",
        "-abc",
        ".abc",
        ":abc",
        " abc",
        "a b",
        "abc ",
        "a/b",
        "a\\b",
        "a@b",
        "a#b",
        "a\tb",
        "a\nb",
        "a\0b",
        "a+b",
        "a\ud800", // Half a character.
        "auto",
        "auto_20260101_1",
        "automatic",
        "http://a",
        "https://a",
    ];

    [Theory]
    [MemberData(nameof(GoodNames))]
    public async Task R16_GoodNameIsTakenAndKept(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await disk.Chain.CreateAsync(name);

        await test.ReopenAsync();
        Assert.Equal(name, Assert.Single(test.Pool.OpenChain("disk").Snapshots).Name);
        test.Pool.OpenChain("disk").Open(name).Dispose();
    }

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task R16_BadNameIsRefusedAndMakesNothing(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CreateAsync(name));

        Assert.Empty(disk.Chain.Snapshots);
    }

    [Fact]
    public async Task R16_NameMustBeGiven()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await Assert.ThrowsAsync<ArgumentNullException>(() => disk.Chain.CreateAsync(null!));
    }

    [Theory]
    [InlineData("auto_20260101_1")]
    [InlineData("auto")]
    public async Task R16_OnlyAManualNameMayNotStartWithAuto(string name)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await disk.Chain.CreateAsync(name, new SnapshotOptions { Kind = SnapshotKind.Automatic });

        Assert.Equal(SnapshotKind.Automatic, disk.Chain.Find(name)!.Kind);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(256)]
    public async Task R16_DescriptionOf2To256CharactersIsKept(int length)
    {
        string text = new('д', length);
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await disk.Chain.CreateAsync("s1", new SnapshotOptions { Description = text });

        await test.ReopenAsync();
        Assert.Equal(text, test.Pool.OpenChain("disk").Find("s1")!.Description);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(257)]
    public async Task R16_DescriptionOfAnotherLengthIsRefused(int length)
        => await AssertRefusedAsync(new SnapshotOptions { Description = new string('d', length) });

    [Fact]
    public async Task R16_DescriptionMayBeLeftOut()
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        Snapshot made = await disk.Chain.CreateAsync("s1");

        Assert.Null(made.Description);
        Assert.Empty(made.Tags);
        await test.ReopenAsync();
        Assert.Null(test.Pool.OpenChain("disk").Find("s1")!.Description);
    }

    [Fact]
    public async Task R16_TwentyTagsWithTheLongestKeysAndValuesAreKept()
    {
        Dictionary<string, string> tags = Enumerable.Range(0, 20).ToDictionary(i => $"{i:D3}".PadRight(128, 'k'), i => new string('v', i == 0 ? 0 : 128));
        tags.Remove("000".PadRight(128, 'k'));
        tags["k"] = "";
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);

        await disk.Chain.CreateAsync("s1", new SnapshotOptions { Tags = tags });

        await test.ReopenAsync();
        Assert.Equal(tags.OrderBy(tag => tag.Key), test.Pool.OpenChain("disk").Find("s1")!.Tags.OrderBy(tag => tag.Key));
    }

    [Fact]
    public async Task R16_TwentyOneTagsAreRefused()
        => await AssertRefusedAsync(new SnapshotOptions { Tags = Enumerable.Range(0, 21).ToDictionary(i => $"k{i}", _ => "v") });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(129, 1)]
    [InlineData(1, 129)]
    public async Task R16_TagKeyOrValueOfAnotherLengthIsRefused(int keyLength, int valueLength)
        => await AssertRefusedAsync(new SnapshotOptions { Tags = new Dictionary<string, string> { [new string('k', keyLength)] = new string('v', valueLength) } });

    [Fact]
    public async Task R16_TagsOfASnapshotDoNotFollowTheDictionaryTheyCameFrom()
    {
        var tags = new Dictionary<string, string> { ["stage"] = "before" };
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        Snapshot made = await disk.Chain.CreateAsync("s1", new SnapshotOptions { Tags = tags });

        tags["stage"] = "after";

        Assert.Equal("before", made.Tags["stage"]);
        Assert.Equal("before", disk.Chain.Find("s1")!.Tags["stage"]);
    }

    private static async Task AssertRefusedAsync(SnapshotOptions options)
    {
        await using TestPool test = await TestPool.CreateAsync();
        using IDisk disk = await test.Pool.CreateDiskAsync("disk", 4096);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => disk.Chain.CreateAsync("s1", options));
        Assert.Empty(disk.Chain.Snapshots);
    }
}
