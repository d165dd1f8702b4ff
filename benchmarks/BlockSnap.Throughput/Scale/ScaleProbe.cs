using System.Diagnostics;

namespace BlockSnap.Throughput.Scale;

/// <summary>Measures every operation on a pool as it is now. It makes the same changes at every size, so that only the size differs.</summary>
internal sealed class ScaleProbe(ScaledPool pool)
{
    private const int Rounds = 9;

    // The rounds of an operation end early when it has taken so long in all, but not before so many.
    private const int RoundsMin = 2;
    private const double SecondsMax = 3;
    private const int Accesses = 4000;
    private const int ChangedBlocks = 256;
    private const string From = "probe-from";
    private const string To = "probe-to";

    private readonly byte[] _block = new byte[ByteSize.Block];
    private readonly List<ScaleCost> _costs = [];

    /// <summary>Measures; leaves the pool open and no snapshot of its own behind.</summary>
    public ScalePoint Measure(long size)
    {
        pool.Close();
        (long managedBefore, long memoryBefore) = Memory();
        Time("open", 3, pool.Open, pool.Close);
        pool.Open();
        Warm();

        TimeMany("read", () => pool.Disk.Read(pool.NextOffset(), _block));
        TimeMany("write", () => pool.ChangeBlocks(1));
        Time("checkpoint", Rounds, () => Wait(pool.Pool.CheckpointAsync()), () => pool.ChangeBlocks(1), before: true);
        Time("snapshot", Rounds, () => Wait(pool.Disk.Chain.CreateAsync(From)), () => Wait(pool.Disk.Chain.DeleteAsync([From])));
        TimeDiffAndDelete();
        Wait(pool.Disk.Chain.CreateAsync(From));
        Time("rollback", Rounds, () => Wait(pool.Disk.Chain.RollbackAsync(From)), () => pool.ChangeBlocks(1));
        Time("clone", Rounds, () => Wait(CloneAsync()), () => Wait(pool.Pool.DeleteDiskAsync("probe-clone")));
        Time("find", Rounds, () => pool.Disk.Chain.Find(From), () => { });
        Wait(pool.Disk.Chain.DeleteAsync([From]));
        Quiet.Wait();
        (long managed, long memory) = Memory();

        Time("open-after-kill", 3, pool.Open, Kill, before: true);
        return new ScalePoint(size, managed - managedBefore, memory - memoryBefore, [.. _costs]);
    }

    private void Kill()
    {
        pool.ChangeBlocks(Accesses);
        pool.Disk.Flush();
        pool.Abandon();
    }

    private void Warm()
    {
        for (int i = 0; i < Accesses; i++)
        {
            pool.Disk.Read(pool.NextOffset(), _block);
        }

        pool.ChangeBlocks(Accesses);
        pool.Disk.Flush();
        Wait(pool.Pool.CheckpointAsync());
        Quiet.Wait();
    }

    private async Task CloneAsync() => (await pool.Disk.Chain.CloneAsync(From, "probe-clone").ConfigureAwait(false)).Dispose();

    // Both need the same two snapshots.
    private void TimeDiffAndDelete()
    {
        long bytes = 0;
        Time("diff", Rounds, () => bytes = Diff(), Prepare, before: true, after: () => Wait(pool.Disk.Chain.DeleteAsync([From, To])));
        if (bytes is 0 or > ChangedBlocks * ByteSize.Block)
        {
            throw new InvalidDataException($"The diff says {bytes} bytes of {ChangedBlocks} blocks changed.");
        }

        Time("delete", Rounds, () => Wait(pool.Disk.Chain.DeleteAsync([From, To])), Prepare, before: true);

        void Prepare()
        {
            Wait(pool.Disk.Chain.CreateAsync(From));
            pool.ChangeBlocks(ChangedBlocks);
            Wait(pool.Disk.Chain.CreateAsync(To));
        }
    }

    private long Diff()
    {
        using IDisk from = pool.Disk.Chain.Open(From);
        using IDisk to = pool.Disk.Chain.Open(To);
        return pool.Pool.DiffAsync(from, to).ToBlockingEnumerable().Sum(extent => extent.Length);
    }

    private void TimeMany(string operation, Action run)
    {
        Quiet.Wait();
        Snapshot before = Now();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Accesses; i++)
        {
            run();
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / Accesses;
        pool.Disk.Flush();
        Quiet.Wait();
        Add(operation, seconds, before, Accesses);
    }

    // Counts are those of the operations and of the work that they leave to do; the other step, before or after each, does not count.
    private void Time(string operation, int rounds, Action run, Action other, bool before = false, Action? after = null)
    {
        var times = new List<double>();
        Snapshot counted = default;
        while (times.Count < rounds && (times.Count < RoundsMin || times.Sum() < SecondsMax))
        {
            if (before)
            {
                other();
            }

            Quiet.Wait();
            Snapshot start = Now();
            long timestamp = Stopwatch.GetTimestamp();
            run();
            times.Add(Stopwatch.GetElapsedTime(timestamp).TotalSeconds);
            Quiet.Wait();
            counted = counted.Plus(Now().Minus(start));
            if (!before)
            {
                other();
            }

            after?.Invoke();
        }

        _costs.Add(counted.ToCost(operation, Statistics.Median(times), times.Count));
    }

    private void Add(string operation, double seconds, Snapshot before, int operations) =>
        _costs.Add(Now().Minus(before).ToCost(operation, seconds, operations));

    private Snapshot Now() => new(
        pool.Device.Counts.Reads, pool.Device.Counts.ReadBytes, pool.Device.Counts.WrittenBytes, GC.GetTotalAllocatedBytes(precise: true));

    private (long Managed, long Process) Memory()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long held = pool.Device.HeldBytes;
        return (GC.GetTotalMemory(forceFullCollection: true) - held, Environment.WorkingSet - held);
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private readonly record struct Snapshot(long Reads, long ReadBytes, long WrittenBytes, long AllocatedBytes)
    {
        public Snapshot Minus(Snapshot other) =>
            new(Reads - other.Reads, ReadBytes - other.ReadBytes, WrittenBytes - other.WrittenBytes, AllocatedBytes - other.AllocatedBytes);

        public Snapshot Plus(Snapshot other) =>
            new(Reads + other.Reads, ReadBytes + other.ReadBytes, WrittenBytes + other.WrittenBytes, AllocatedBytes + other.AllocatedBytes);

        public ScaleCost ToCost(string operation, double seconds, double operations) =>
            new(operation, seconds, Reads / operations, ReadBytes / operations, WrittenBytes / operations, AllocatedBytes / operations);
    }
}
