using BlockSnap.Tests.Crashes;

namespace BlockSnap.Tests.Faults;

/// <summary>A life of a pool on a device that refuses some of its calls, beside the model: what is refused is done in part or not at all, and the pool goes on.</summary>
internal static class FaultLife
{
    public const int CheckpointKiB = 128;

    /// <summary>The seed of the life that faults are put into call by call.</summary>
    public const int Seed = 7;

    private const int Operations = 220;

    /// <summary>Calls of a kind in the life of <see cref="Seed"/> when nothing fails.</summary>
    public static int CallsOf(DeviceCall kind)
    {
        var device = new FaultyDevice(new CrashableDevice(), kind, 0, false);
        DiskPool pool = CrashChoice.Create(device, CheckpointKiB);
        Live(new CrashRun(), pool, Seed, static e => throw e);
        int calls = device.Calls;
        pool.Abandon();
        return calls;
    }

    /// <summary>Does the operations of a seed. What is refused is told before the pool is looked at, by default with <see cref="PoolDigest.Of(DiskPool)"/>.</summary>
    public static void Live(CrashRun run, DiskPool pool, int seed, Action<BlockSnapException> refused, Func<DiskPool, string>? read = null)
    {
        read ??= PoolDigest.Of;
        var workload = new CrashWorkload(seed, hasLife: false, (ManualTime)pool.TimeProvider);
        foreach (CrashOperation operation in CrashWorkload.Disks().Concat(Enumerable.Range(0, Operations).Select(_ => workload.Next(run.Model))))
        {
            try
            {
                run.Do(pool, operation);
            }
            catch (BlockSnapException e) when (e is PoolFullException or TooManyFilesException or ConflictException) // a snapshot that was not flushed is none to build on
            {
                refused(e);
                string digest = read(pool);
                int steps = run.Find(digest);
                Assert.True(steps >= 0, $"{run.Operation} was refused: {run.Explain(digest)}");
                run.Settle(steps);
            }

            if (run.OperationCount % 10 == 0)
            {
                Assert.True(run.Find(read(pool)) == run.Count, $"{run.Operation}: not readable");
            }
        }
    }

    /// <summary>The pool holds what the model does, takes data, is sound, and closes.</summary>
    public static void AssertSound(CrashRun run, DiskPool pool, CrashableDevice medium, string where)
    {
        string digest = PoolDigest.Of(pool);
        Assert.True(run.Find(digest) == run.Count, $"{where}: {run.Explain(digest)}");
        medium.CapacityBytes = null;
        IDisk disk = pool.OpenDisk(run.Model.LiveDisks.First().Name);
        disk.Write(0, Pattern.Bytes(512, 77));
        disk.Flush();
        CheckResult check = pool.CheckAsync(verifyData: true).GetAwaiter().GetResult();
        Assert.True(check.Ok, $"{where}: {string.Join("; ", check.Errors.Take(3))}");
        pool.Dispose();
    }
}
