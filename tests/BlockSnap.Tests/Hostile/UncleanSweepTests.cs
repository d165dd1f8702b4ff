using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Hostile;

/// <summary>
/// A pool whose process was killed, and whose files were damaged before it is opened again. Each operation was flushed, so each must be
/// there: only damage to the very last batch may pass for a torn tail, because nothing behind it says that it was durable.
/// BLOCKSNAP_SWEEP=all takes every byte.
/// </summary>
public sealed class UncleanSweepTests(ITestOutputHelper output)
{
    private static readonly SweepShare s_share = SweepShare.FromEnvironment();

    [Fact]
    public async Task EveryByteOfAnUncleanPool_Changed_LosesNothingButTheLastBatch()
    {
        (CrashableDevice medium, List<string> states) = await MakeAsync();
        SortedDictionary<string, byte[]> files = PoolFiles.Of(medium);
        (string lastFile, int lastBatch, int end) = FindLastBatch(files);
        var random = new SeededRandom(6);
        int tried = 0;
        int refused = 0;
        int readErrors = 0;
        int exact = 0;
        int cut = 0;
        foreach ((string file, byte[] bytes) in files)
        {
            for (int at = 0; at < bytes.Length; at++)
            {
                bool inLog = file.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal) && bytes[at] != 0;
                if (!s_share.Takes(random, inLog ? 30 : bytes[at] != 0 ? 60 : 600))
                {
                    continue;
                }

                CrashableDevice damaged = medium.CrashState(CrashMode.Everything);
                damaged.Edit(file, content =>
                {
                    content[at] ^= 0x20;
                    return content;
                });
                tried++;
                DiskPool? pool = null;
                try
                {
                    pool = CrashChoice.Open(damaged, checkpointKiB: 4096);
                    int state = states.IndexOf(PoolDigest.Of(pool));
                    Assert.True(state >= 0, $"{file} byte {at}: a state that never was");
                    bool isTail = file == lastFile && at >= lastBatch;
                    Assert.True(state == states.Count - 1 || (isTail && state == states.Count - 2), $"{file} byte {at}: state {state} of {states.Count - 1}, and nothing said so; the last batch is in {lastFile} at {lastBatch} to {end}");
                    exact += state == states.Count - 1 ? 1 : 0;
                    cut += state == states.Count - 1 ? 0 : 1;
                }
                catch (BlockSnapException)
                {
                    (pool is null ? ref refused : ref readErrors)++;
                }
                finally
                {
                    pool?.Abandon();
                }
            }
        }

        Assert.True(cut > 0 && refused > 0);
        output.WriteLine($"bytes changed in an unclean pool: {tried} tried: {refused} refused, {readErrors} read errors, {exact} exact, {cut} without the last batch, which was the damaged one; silent losses 0");
    }

    private static async Task<(CrashableDevice Medium, List<string> States)> MakeAsync()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB: 4096);
        IDisk disk = await pool.CreateDiskAsync("a", 16 * 4096);
        disk.WriteBlock(0, 1);
        await pool.CheckpointAsync();
        var states = new List<string> { PoolDigest.Of(pool) };
        for (int step = 1; step <= 7; step++)
        {
            if (step % 3 == 0)
            {
                await disk.Chain.CreateAsync($"s{step}");
            }
            else
            {
                disk.WriteBlock(step, 100 + step);
                await pool.FlushAsync();
            }

            states.Add(PoolDigest.Of(pool));
        }

        pool.Abandon();
        return (medium.CrashState(CrashMode.Everything), states);
    }

    private static (string File, int Offset, int End) FindLastBatch(SortedDictionary<string, byte[]> files)
    {
        Superblock superblock = PoolFiles.Newest(files);
        string file = SegmentFile.NameOf(superblock.ReplayFile);
        long segment = superblock.ReplaySegment;
        (string File, int At, int End) last = default;
        int at = superblock.ReplayOffset;
        while (at < files[file].Length && BatchHeader.TryDecode(files[file].AsSpan(at), out BatchHeader head) && head.Segment == segment)
        {
            last = (file, at, at + head.TotalBytes);
            at = head.IsLast ? SegmentHeader.Bytes : at + head.TotalBytes;
            file = head.IsLast ? SegmentFile.NameOf(head.NextFile) : file;
            segment += head.IsLast ? 1 : 0;
        }

        return last;
    }
}
