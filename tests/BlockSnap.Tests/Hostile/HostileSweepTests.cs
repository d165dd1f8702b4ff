namespace BlockSnap.Tests.Hostile;

/// <summary>
/// Damage of every kind at every place of a small pool (F9 to F13): bytes changed, blocks swapped, writes lost, files cut short,
/// lengthened, removed, put back from an earlier time or taken from another pool. The default run takes a sample that is the same every
/// time; BLOCKSNAP_SWEEP=N one N times as large, BLOCKSNAP_SWEEP=all everything.
/// </summary>
public sealed class HostileSweepTests(ITestOutputHelper output)
{
    private static readonly SweepShare s_share = SweepShare.FromEnvironment();

    private static readonly Func<byte, byte>[] s_changes = [b => (byte)(b ^ 1), b => (byte)(b ^ 0x80), _ => 0, _ => 0xFF];

    private static readonly Lazy<Task<HostilePool>> s_pool = new(() => HostilePool.MakeAsync());

    [Fact]
    public async Task Pool_HasEveryRegion()
    {
        HostilePool pool = await s_pool.Value;
        var sizes = new SortedDictionary<Region, int>();
        foreach ((string file, byte[] bytes) in pool.Files)
        {
            for (int at = 0; at < bytes.Length; at++)
            {
                Region region = pool.Anatomy[file, at];
                sizes[region] = sizes.GetValueOrDefault(region) + 1;
            }
        }

        output.WriteLine(string.Join(", ", sizes.Select(pair => $"{pair.Value} bytes {pair.Key}")));
        output.WriteLine(string.Join(", ", pool.Files.Select(pair => $"{pair.Key} {pair.Value.Length}")));
        Assert.Equal(Enum.GetValues<Region>().Except([Region.Releases]), sizes.Keys);
    }

    [Fact]
    public async Task EveryByte_Changed_IsNoticedOrHarmlessByName()
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(1);
        foreach ((string file, byte[] bytes) in pool.Files)
        {
            for (int at = 0; at < bytes.Length; at++)
            {
                Region region = pool.Anatomy[file, at];
                if (!s_share.Takes(random, StepOf(region)))
                {
                    continue;
                }

                foreach (byte changed in s_changes.Select(change => change(bytes[at])).Distinct().Where(changed => changed != bytes[at]))
                {
                    judge.JudgeByte(file, at, changed);
                }
            }
        }

        output.WriteLine("bytes changed: " + judge.Report());
    }

    [Fact]
    public async Task BlocksOfEqualSize_Swapped_AreNoticed()
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(2);
        (string File, int At)[] pages = [.. pool.Files.SelectMany(file => Enumerable.Range(0, file.Value.Length / 4096).Select(page => (file.Key, page * 4096)))
            .Where(page => pool.Files[page.Key].AsSpan(page.Item2, 4096).ContainsAnyExcept((byte)0))];
        for (int i = 0; i < pages.Length; i++)
        {
            for (int j = i + 1; j < pages.Length; j++)
            {
                // Which of its two places a table page lies in means nothing: its sequence decides.
                bool samePage = pages[i].File == "segments" && pages[j].File == "segments" && pages[i].At / 8192 == pages[j].At / 8192;
                if (!samePage && s_share.Takes(random, 8))
                {
                    judge.JudgeSwap(pages[i], pages[j], 4096);
                }
            }
        }

        output.WriteLine($"pages of 4,096 bytes swapped ({pages.Length} pages): " + judge.Report());
    }

    [Fact]
    public async Task RecordsOfEqualSize_Swapped_AreNoticed()
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(6);
        foreach (var equal in pool.Anatomy.Records.GroupBy(record => record.Bytes))
        {
            (string File, int At)[] places = [.. equal.Select(record => (record.File, record.At))];
            for (int i = 0; i < places.Length; i++)
            {
                for (int j = i + 1; j < places.Length; j++)
                {
                    if (s_share.Takes(random, 15))
                    {
                        judge.JudgeSwap(places[i], places[j], equal.Key);
                    }
                }
            }
        }

        output.WriteLine($"records swapped ({pool.Anatomy.Records.Count} records of {pool.Anatomy.Records.Select(record => record.Bytes).Distinct().Count()} sizes): " + judge.Report());
    }

    [Fact]
    public async Task PiecesOfEqualSize_SwappedWithinTheirPage_AreNoticed()
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(3);
        foreach (int bytes in (int[])[4, 16, 32, 64, 256, 512])
        {
            foreach ((string file, byte[] content) in pool.Files.Where(file => file.Value.Length >= bytes))
            {
                for (int tries = s_share.Times(6, most: 400); tries > 0; tries--)
                {
                    int i = random.Next(content.Length / bytes) * bytes;
                    int j = ((i / 4096 * 4096) + (random.Next(4096 / bytes) * bytes)) % content.Length;
                    judge.JudgeSwap((file, i), (file, j), bytes);
                }
            }
        }

        output.WriteLine("pieces swapped in their page: " + judge.Report());
    }

    /// <summary>A lost write: the block holds what was there at an earlier clean stop, or zeros.</summary>
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task Write_LostByTheDisk_IsNoticed(int blockBytes)
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(4);
        foreach ((string file, byte[] bytes) in pool.Files)
        {
            foreach (byte[] older in pool.Earlier.Select(files => files.GetValueOrDefault(file, [])).Append([]))
            {
                byte[] before = new byte[bytes.Length];
                older.AsSpan(0, Math.Min(older.Length, before.Length)).CopyTo(before);
                for (int at = 0; at < bytes.Length; at += blockBytes)
                {
                    int length = Math.Min(blockBytes, bytes.Length - at);
                    if (!bytes.AsSpan(at, length).SequenceEqual(before.AsSpan(at, length)) && s_share.Takes(random, blockBytes == 512 ? 6 : 2))
                    {
                        judge.JudgeEdit(file, damaged => before.AsSpan(at, length).CopyTo(damaged.AsSpan(at)), $"{file} at {at} as it was before");
                    }
                }
            }
        }

        output.WriteLine($"writes of {blockBytes} bytes lost: " + judge.Report());
    }

    [Fact]
    public async Task File_CutShortOrLengthened_IsNoticed()
    {
        HostilePool pool = await s_pool.Value;
        var judge = new HostileJudge(pool);
        var random = new SeededRandom(5);
        foreach ((string file, byte[] bytes) in pool.Files)
        {
            IEnumerable<int> borders = pool.Anatomy.BordersOf(file).SelectMany(border => Enumerable.Range(border - 2, 5));
            IEnumerable<int> lengths = s_share.IsAll ? Enumerable.Range(0, bytes.Length) : Enumerable.Range(0, (bytes.Length + 511) / 512).Select(sector => sector * 512).Concat(borders).Distinct();
            foreach (int length in lengths.Where(length => length >= 0 && length < bytes.Length))
            {
                if (s_share.Takes(random, 4))
                {
                    judge.JudgeReplaced(file, bytes[..length], $"{file} cut to {length}");
                }
            }

            foreach (int more in (int[])[1, 511, 512, 4096, 65536])
            {
                judge.JudgeReplaced(file, [.. bytes, .. new byte[more]], $"{file} with {more} zeros more");
                judge.JudgeReplaced(file, [.. bytes, .. Pattern.Bytes(more, 9)], $"{file} with {more} bytes more");
            }
        }

        output.WriteLine("files cut short or lengthened: " + judge.Report());
    }

    [Fact]
    public async Task File_MissingOrOlderOrOfAnotherPool_IsNoticed()
    {
        HostilePool pool = await s_pool.Value;
        HostilePool other = await HostilePool.MakeAsync(seed: 2);
        var judge = new HostileJudge(pool);
        foreach (string file in pool.Files.Keys)
        {
            CrashableDevice without = pool.Copy();
            without.Delete(file);
            judge.Judge(without, judge.WorstOf(file, []), $"{file} missing");
            judge.JudgeReplaced(file, [], $"{file} empty");
            foreach (byte[] replacement in pool.Earlier.Append(other.Files).Select(files => files.GetValueOrDefault(file, [])))
            {
                judge.JudgeReplaced(file, replacement, $"{file} from another time or pool");
            }

            foreach (string another in pool.Files.Keys.Where(name => name != file))
            {
                judge.JudgeReplaced(file, pool.Files[another], $"{file} is a copy of {another}");
            }
        }

        output.WriteLine("files missing, older, foreign, mixed up: " + judge.Report());
    }

    // One byte in so many, in the default run.
    private static int StepOf(Region region) => region switch
    {
        Region.Superblock => 24,
        Region.TablePage or Region.Counts or Region.Releases => 10,
        Region.ContainerIndex => 4,
        Region.Block => 160,
        Region.LogHead => 60,
        _ => 1500,
    };
}
