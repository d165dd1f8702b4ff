using System.Diagnostics;

namespace BlockSnap.Throughput.Patterns;

/// <summary>
/// Tasks that each write 4 KiB at random and flush, over and over, side by side. Only for a pool's disk, since it needs asynchronous calls.
/// </summary>
internal sealed class GroupCommitPattern : Pattern
{
    private readonly BlockPicker[] _pickers;
    private readonly NoiseBuffer[] _noises;

    /// <param name="size">Size of the target in bytes.</param>
    /// <param name="taskCount">How many tasks.</param>
    /// <param name="seed">Seed of offsets and data.</param>
    public GroupCommitPattern(long size, int taskCount, ulong seed)
    {
        // Each task has a seed that no other pattern of the run has.
        ulong[] seeds = [seed, .. Enumerable.Range(1, taskCount - 1).Select(_ => Seeds.Next())];
        _pickers = [.. seeds.Select(taskSeed => new BlockPicker(size / ByteSize.Block, taskSeed))];
        _noises = [.. seeds.Select(taskSeed => new NoiseBuffer(ByteSize.Block, taskSeed))];
    }

    // Of the whole process: the tasks run on any thread.
    protected override long AllocatedBytes() => GC.GetTotalAllocatedBytes(precise: true);

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        IDisk disk = ((PoolUnderTest)target).Disk;
        Task<long>[] tasks = [.. Enumerable.Range(0, _pickers.Length).Select(i => Task.Run(() => WriteAndFlushAsync(disk, i, end)))];
        long operations = Task.WhenAll(tasks).GetAwaiter().GetResult().Sum();
        return (operations, operations * ByteSize.Block);
    }

    private async Task<long> WriteAndFlushAsync(IDisk disk, int index, long end)
    {
        long operations = 0;
        for (; Stopwatch.GetTimestamp() < end; operations++)
        {
            await disk.WriteAsync(_pickers[index].Next() * ByteSize.Block, _noises[index].TakeMemory()).ConfigureAwait(false);
            await disk.FlushAsync().ConfigureAwait(false);
        }

        return operations;
    }
}
