using System.Globalization;
using BlockSnap.Log;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Hostile;

namespace BlockSnap.Tests.Fuzz;

/// <summary>
/// Whole pools whose every checksum is right and whose fields are not. Wrong data are what such a forger wanted; but opening, reading,
/// checking, writing, snapshots, deleting and compacting end in time, in bounded memory, and with typed errors.
/// </summary>
public sealed class PoolFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 350;
    private const int CallsMax = 60_000;
    private const long AllocationMax = 64 << 20;

    private static readonly long s_factor = long.Parse(Environment.GetEnvironmentVariable("BLOCKSNAP_FUZZ") ?? "1", CultureInfo.InvariantCulture);

    private static readonly Lazy<Task<HostilePool>> s_pool = new(() => HostilePool.MakeAsync());

    public static TheoryData<string> Structures => ["superblock", "segment table", "counts", "releases", "container", "catalog", "map node"];

    [Theory]
    [MemberData(nameof(Structures))]
    public async Task Pool_WithAForgedStructure_IsUsableOrRefused(string structure)
    {
        HostilePool pool = await s_pool.Value;
        List<PoolForger.StoredPlace> blocks = PoolForger.Blocks(pool);
        int opened = 0;
        int refused = 0;
        int errors = 0;
        long most = 0;
        for (long seed = 0; seed < Inputs * s_factor; seed++)
        {
            CrashableDevice device = Forge(pool, blocks, structure, seed);
            int calls = 0;
            device.Before = (_, _) => Assert.True(++calls <= CallsMax, $"{structure}, input {seed}: more than {CallsMax} device calls");
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                errors += Use(device) ? 1 : 0;
                opened++;
            }
            catch (BlockSnapException)
            {
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{structure}, input {seed}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, allocated);
            Assert.True(allocated <= AllocationMax, $"{structure}, input {seed}: {allocated} bytes allocated");
        }

        output.WriteLine($"forged {structure}: {Inputs * s_factor} pools, {refused} refused, {opened} opened, {errors} of them with typed errors later, other errors 0, at most {most} bytes allocated");
    }

    private static CrashableDevice Forge(HostilePool pool, List<PoolForger.StoredPlace> blocks, string structure, long seed)
    {
        var random = new SeededRandom(seed + 1);
        var mutator = new Mutator(random);
        var forger = new PoolForger(pool, blocks);
        byte[] Change(byte[] bytes) => mutator.Mutate(bytes, pool.Files[CheckpointFiles.TableName], keepLength: true);
        switch (structure)
        {
            case "superblock":
                forger.ForgeSuperblock(page => [.. mutator.Mutate(page.AsSpan(0, 160), page, keepLength: true), .. page.AsSpan(160)]);
                break;
            case "segment table":
                forger.ForgeTable(page => [.. page[..64], .. mutator.Mutate(page.AsSpan(64, 64 * PoolForger.Rows(pool).Count), page, keepLength: true), .. page.AsSpan(64 + (64 * PoolForger.Rows(pool).Count))]);
                break;
            case "counts":
                forger.ForgeCounts(Change);
                break;
            case "releases":
                PoolForger.StoredPlace[] nodes = [.. blocks.Where(block => block.Id.IsNode)];
                PoolForger.StoredPlace node = nodes[random.Next(nodes.Length)];
                byte[] entry = [.. BitConverter.GetBytes(node.Id.Value), .. BitConverter.GetBytes(BlockChecksum.Compute(pool.Files[node.File].AsSpan(node.Offset, 4096))), 1, (byte)random.Next(2), 0, 0, 0, 0, 0, 0];
                forger.ForgeReleases(seed % 4 == 0 ? [.. entry, .. entry] : mutator.Mutate([.. entry, .. entry, .. entry], entry));
                break;
            case "container":
                forger.ForgeContainer(SegmentFile.NameOf(PoolForger.Rows(pool).First(row => row.Relocated).File), Change);
                break;
            case "catalog":
                PoolForger.StoredPlace[] pages = [.. blocks.Where(block => block.Disk == 0 && !block.Id.IsNode)];
                forger.ForgeBlock(pages[random.Next(pages.Length)], Change);
                break;
            default:
                PoolForger.StoredPlace[] all = [.. blocks.Where(block => block.Id.IsNode)];
                forger.ForgeBlock(all[random.Next(all.Length)], bytes => [.. mutator.Mutate(bytes.AsSpan(0, 512), bytes, keepLength: true), .. bytes.AsSpan(512)]);
                break;
        }

        return forger.ToDevice(pool.Device);
    }

    // All that a user does. Returns whether something failed with a typed error after opening.
    private static bool Use(CrashableDevice device)
    {
        DiskPool pool = CrashChoice.Open(device);
        bool failed = false;
        try
        {
            foreach ((_, Func<IDisk> open) in HostilePool.Views(pool))
            {
                Try(() =>
                {
                    using IDisk disk = open();
                    byte[] block = new byte[disk.BlockSize.Bytes];
                    for (int at = 0; at < Math.Min(disk.Size, 32L * block.Length); at += block.Length)
                    {
                        Try(() => disk.Read(at, block.AsSpan(0, (int)Math.Min(block.Length, disk.Size - at))));
                    }
                });
            }

            Try(() => pool.CheckAsync(verifyData: true).GetAwaiter().GetResult());
            Try(() => pool.GetUsageAsync().GetAwaiter().GetResult());
            foreach (DiskInfo info in pool.ListDisks())
            {
                Try(() =>
                {
                    using IDisk disk = pool.OpenDisk(info.Id);
                    disk.Write(0, Pattern.Bytes((int)Math.Min(disk.Size, 3 * 4096), 5));
                    disk.Chain.CreateAsync("fresh").GetAwaiter().GetResult();
                    disk.Discard(0, Math.Min(disk.Size, 4096));
                    disk.Chain.DeleteAsync([.. disk.Chain.Snapshots.Select(snapshot => snapshot.Name)], force: true).GetAwaiter().GetResult();
                });
            }

            Try(() => pool.CompactAsync().GetAwaiter().GetResult());
            Try(pool.Dispose);
        }
        finally
        {
            pool.Abandon();
        }

        return failed;

        void Try(Action work)
        {
            try
            {
                work();
            }
            catch (BlockSnapException)
            {
                failed = true;
            }
        }
    }
}
