using System.Diagnostics;
using BlockSnap;

// A disk for every test: a system and a data disk are prepared once and made into an image; each of a hundred tests gets disks of its own
// from it at once, writes to them as it likes, and throws them away. Only what a test writes takes room.

string directory = Directory.CreateTempSubdirectory("blocksnap-farm-").FullName;
await using (DiskPool pool = await DiskPool.CreateAsync(Path.Combine(directory, "pool")))
{
    await using IDisk system = await pool.CreateDiskAsync("system", 8L << 30);
    await using IDisk data = await pool.CreateDiskAsync("data", 32L << 30);
    Fill(system, 0, 2048, seed: 1);
    Fill(data, 0, 4096, seed: 2);
    Snapshot systemReady = await system.Chain.CreateAsync("ready");
    Snapshot dataReady = await data.Chain.CreateAsync("ready");
    await pool.Images.CreateAsync("golden", systemReady.Id, [dataReady.Id], "prepared for the tests");

    var clock = Stopwatch.StartNew();
    var farm = new List<IReadOnlyList<IDisk>>();
    for (int test = 0; test < 100; test++)
    {
        farm.Add(await pool.Images.CreateDisksAsync("golden", [$"test-{test}-system", $"test-{test}-data"]));
    }

    Console.WriteLine($"200 disks of 4,000 GiB in all were made in {clock.ElapsedMilliseconds} ms.");
    Parallel.ForEach(farm, (disks, _, test) => Fill(disks[1], 100, 8, seed: 100 + (int)test));
    PoolUsage usage = await pool.GetUsageAsync();
    Console.WriteLine($"They and the two they came from have {usage.LogicalBytes >> 30} GiB, refer to {usage.ReferencedBytes >> 20} MiB, "
        + $"and take {usage.PhysicalBytes >> 20} MiB of files.");

    for (int test = 0; test < farm.Count; test++)
    {
        if (!Holds(farm[test][0], 0, 2048, seed: 1) || !Holds(farm[test][1], 100, 8, seed: 100 + test) || !Holds(data, 0, 4096, seed: 2))
        {
            Console.Error.WriteLine($"Test {test} saw what another wrote; look at {directory}");
            return 1;
        }
    }

    // One disk goes back to the image, as for another run of its test. Then all of them are deleted.
    await farm[0][1].Chain.ReinitializeAsync();
    bool isFresh = Holds(farm[0][1], 0, 4096, seed: 2);
    foreach (IDisk disk in farm.SelectMany(disks => disks))
    {
        await pool.DeleteDiskAsync(disk.Name);
        await disk.DisposeAsync();
    }

    await pool.Images.DeleteAsync("golden");
    if (!isFresh)
    {
        Console.Error.WriteLine($"A disk that went back to the image does not hold what the image holds; look at {directory}");
        return 1;
    }
}

Directory.Delete(directory, recursive: true);
Console.WriteLine("Every test had its disks to itself.");
return 0;

static void Fill(IDisk disk, long firstBlock, int blocks, int seed)
{
    byte[] bytes = new byte[blocks * disk.BlockSize.Bytes];
    new Random(seed).NextBytes(bytes);
    disk.Write(firstBlock * disk.BlockSize.Bytes, bytes);
}

static bool Holds(IDisk disk, long firstBlock, int blocks, int seed)
{
    byte[] expected = new byte[blocks * disk.BlockSize.Bytes];
    new Random(seed).NextBytes(expected);
    byte[] actual = new byte[expected.Length];
    disk.Read(firstBlock * disk.BlockSize.Bytes, actual);
    return actual.AsSpan().SequenceEqual(expected);
}
