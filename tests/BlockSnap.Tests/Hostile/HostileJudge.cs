using System.Globalization;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;

namespace BlockSnap.Tests.Hostile;

/// <summary>
/// Opens a pool whose files were changed, reads all of it, checks and scrubs it, and judges: exact data or a typed error, never wrong data, another
/// kind of exception, or work without end. Counts the verdicts.
/// </summary>
internal sealed partial class HostileJudge(HostilePool pool)
{
    // What opening, reading and checking the undamaged pool takes is some hundred calls.
    private const int CallsMax = 20_000;

    private readonly Dictionary<Verdict, int> _verdicts = [];
    private readonly Dictionary<Region, int> _unseen = [];
    private readonly Dictionary<string, Region[]> _worstIfCut = [];

    public int Count { get; private set; }

    /// <summary>Judges one device; fails the test for what must never happen.</summary>
    /// <param name="device">Files changed by the caller; opening changes it.</param>
    /// <param name="worst">Of the changed bytes, the region that is the least harmless.</param>
    /// <param name="what">For the message.</param>
    public Verdict Judge(CrashableDevice device, Region worst, string what)
    {
        Count++;
        int calls = 0;
        device.Before = (_, _) =>
        {
            if (++calls > CallsMax)
            {
                Assert.Fail($"{what}: more than {CallsMax} device calls");
            }
        };
        Verdict verdict;
        try
        {
            verdict = Use(device, worst);
        }
        catch (Exception e) when (e is not (BlockSnapException or Xunit.Sdk.XunitException))
        {
            Assert.Fail($"{what}: {e}");
            throw;
        }
        catch (Xunit.Sdk.XunitException e)
        {
            Assert.Fail($"{what}: {e.Message}");
            throw;
        }

        _verdicts[verdict] = _verdicts.GetValueOrDefault(verdict) + 1;
        if (verdict == Verdict.Unseen)
        {
            _unseen[worst] = _unseen.GetValueOrDefault(worst) + 1;
            Assert.False(PoolAnatomy.Matters(worst), $"{what}: nothing noticed the change of {worst}");
        }

        return verdict;
    }

    /// <summary>The counts, in a line.</summary>
    public string Report() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} tried: {string.Join(", ", _verdicts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"))}; wrong data 0; unseen by name: {string.Join(", ", _unseen.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"))}");

    /// <summary>Of all bytes of a file that are not as they were, the region that is the least harmless.</summary>
    public Region WorstOf(string file, ReadOnlySpan<byte> now)
    {
        byte[] original = pool.Files[file];
        int length = Math.Min(now.Length, original.Length);
        Region worst = WorstIfCut(file)[length];
        for (int at = now.CommonPrefixLength(original); at < length; at++)
        {
            if (now[at] != original[at])
            {
                worst = Worse(worst, pool.Anatomy[file, at]);
            }
        }

        return worst;
    }

    private static Region Worse(Region one, Region other) => (Region)Math.Max((int)one, (int)other);

    // By the length to which a file is cut, the worst region of what is lost: made once, so that a sweep of all lengths does not look at all bytes each time.
    private Region[] WorstIfCut(string file)
    {
        if (!_worstIfCut.TryGetValue(file, out Region[]? worst))
        {
            byte[] original = pool.Files[file];
            worst = new Region[original.Length + 1];
            for (int at = original.Length - 1; at >= 0; at--)
            {
                // Counts beyond the end of their file are zeros by definition; elsewhere a missing byte is a changed one.
                bool isLost = original[at] != 0 || file != CheckpointFiles.CountsName;
                worst[at] = isLost ? Worse(worst[at + 1], pool.Anatomy[file, at]) : worst[at + 1];
            }

            _worstIfCut[file] = worst;
        }

        return worst;
    }

    private Verdict Use(CrashableDevice device, Region worst)
    {
        DiskPool opened;
        try
        {
            opened = CrashChoice.Open(device);
        }
        catch (BlockSnapException)
        {
            return Verdict.Refused;
        }

        try
        {
            bool repaired = worst == Region.Superblock && SuperblocksAreWhole(device);
            bool failed = ReadAll(opened);
            CheckResult? check = null;
            ScrubReport? scrub = null;
            try
            {
                check = opened.CheckAsync(verifyData: true).GetAwaiter().GetResult();
                scrub = opened.ScrubAsync().GetAwaiter().GetResult();
            }
            catch (BlockSnapException)
            {
                failed = true;
            }

            return failed ? Verdict.ReadError : !check!.Ok ? Verdict.Reported : !scrub!.Ok ? Verdict.Scrubbed : repaired ? Verdict.Repaired : Verdict.Unseen;
        }
        finally
        {
            opened.Abandon();
        }
    }

    private bool ReadAll(DiskPool opened)
    {
        bool failed = false;
        var seen = new HashSet<string>();
        foreach ((string name, Func<IDisk> open) in HostilePool.Views(opened))
        {
            Assert.True(pool.Contents.TryGetValue(name, out byte[]? expected), $"a disk or snapshot '{name}' came up");
            seen.Add(name);
            using IDisk disk = open();
            Assert.Equal(expected.Length, disk.Size);
            byte[] block = new byte[disk.BlockSize.Bytes];
            for (int at = 0; at < expected.Length; at += block.Length)
            {
                Span<byte> part = block.AsSpan(0, Math.Min(block.Length, expected.Length - at));
                try
                {
                    disk.Read(at, part);
                    Assert.True(part.SequenceEqual(expected.AsSpan(at, part.Length)), $"wrong data of '{name}' at {at}");
                }
                catch (BlockSnapException)
                {
                    failed = true;
                }
            }
        }

        Assert.Equal(pool.Contents.Count, seen.Count);
        return failed;
    }

    private bool SuperblocksAreWhole(CrashableDevice device)
    {
        SortedDictionary<string, byte[]> files = PoolFiles.Of(device);
        return files.Keys.Where(name => name.StartsWith("superblock", StringComparison.Ordinal)).Count(name => WorstOf(name, files[name]) < Region.Superblock) == 2;
    }
}
