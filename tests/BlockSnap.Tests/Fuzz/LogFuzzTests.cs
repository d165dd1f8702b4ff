using System.Buffers.Binary;
using System.Globalization;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Hostile;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Fuzz;

/// <summary>Recovery on a log whose heads were forged: every checksum is right, and records, operations and positions are not.</summary>
public sealed class LogFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 1_200;
    private const int CallsMax = 20_000;
    private const long AllocationMax = 64 << 20;
    private const ulong CountFold = 0x9E37_79B9_7F4A_7C15;

    private static readonly long s_factor = long.Parse(Environment.GetEnvironmentVariable("BLOCKSNAP_FUZZ") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Recovery_OfAForgedLog_EndsInAPoolOrATypedError()
    {
        CrashableDevice medium = await MakeAsync();
        SortedDictionary<string, byte[]> files = PoolFiles.Of(medium);
        Superblock superblock = PoolFiles.Newest(files);
        string file = SegmentFile.NameOf(superblock.ReplayFile);
        List<int> heads = FindHeads(files[file], superblock);
        Assert.True(heads.Count > 5);
        int opened = 0;
        int refused = 0;
        long most = 0;
        for (long seed = 0; seed < Inputs * s_factor; seed++)
        {
            var random = new SeededRandom(seed + 1);
            var mutator = new Mutator(random);
            CrashableDevice forged = medium.CrashState(CrashMode.Everything);
            forged.Edit(file, bytes => Forge(bytes, heads, random, mutator));
            int calls = 0;
            forged.Before = (_, _) => Assert.True(++calls <= CallsMax, $"input {seed}: more than {CallsMax} device calls");
            long before = GC.GetAllocatedBytesForCurrentThread();
            DiskPool? pool = null;
            try
            {
                pool = CrashChoice.Open(forged, checkpointKiB: 4096);
                opened++;
                PoolDigest.Of(pool);
                await pool.CheckAsync(verifyData: true);
                pool.Dispose();
            }
            catch (BlockSnapException)
            {
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"input {seed}: {e}");
            }
            finally
            {
                pool?.Abandon();
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, allocated);
            Assert.True(allocated <= AllocationMax, $"input {seed}: {allocated} bytes allocated");
        }

        output.WriteLine($"forged log: {Inputs * s_factor} pools, {opened} opened, {refused} refused then or later, other errors 0, at most {most} bytes allocated");
    }

    private static byte[] Forge(byte[] bytes, List<int> heads, SeededRandom random, Mutator mutator)
    {
        int at = heads[random.Next(heads.Count)];
        int records = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 64));
        byte[] head = mutator.Mutate(bytes.AsSpan(at, BatchHeader.Bytes + records), bytes.AsSpan(heads[0], 512), keepLength: true);
        int now = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(64));
        if (now < 0 || now > records || now % 32 != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(64), records);
            now = records;
        }

        uint pages = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(8), BlockChecksum.Compute(head.AsSpan(16, BatchHeader.Bytes - 16 + now)) ^ (pages * CountFold));
        head.CopyTo(bytes, at);
        return bytes;
    }

    private static List<int> FindHeads(byte[] bytes, Superblock superblock)
    {
        var heads = new List<int>();
        for (int at = superblock.ReplayOffset; BatchHeader.TryDecode(bytes.AsSpan(at), out BatchHeader head) && head.Segment == superblock.ReplaySegment; at += head.TotalBytes)
        {
            heads.Add(at);
        }

        return heads;
    }

    private static async Task<CrashableDevice> MakeAsync()
    {
        var medium = new CrashableDevice();
        DiskPool pool = CrashChoice.Create(medium, checkpointKiB: 4096);
        IDisk disk = await pool.CreateDiskAsync("a", 16 * 4096);
        await pool.CheckpointAsync();
        disk.WriteBlock(0, 1);
        await disk.Chain.CreateAsync("s1", new SnapshotOptions { Description = "the first", Tags = new Dictionary<string, string> { ["k"] = "v" } });
        disk.WriteBlock(1, 2);
        disk.Discard(0, 4096);
        await disk.ResizeAsync(12 * 4096);
        await pool.FlushAsync();
        disk.WriteBlock(2, 3);
        await disk.Chain.RollbackAsync("s1");
        await disk.Chain.CloneAsync("s1", "b");
        disk.WriteBlock(3, 4);
        await disk.Chain.CreateAsync("s2");
        await disk.Chain.DeleteAsync(["s2"]);
        await pool.DeleteDiskAsync("b");
        await pool.FlushAsync();
        pool.Abandon();
        return medium.CrashState(CrashMode.Everything);
    }
}
