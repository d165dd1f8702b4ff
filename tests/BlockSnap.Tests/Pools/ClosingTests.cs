using System.Runtime.CompilerServices;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Pools;

public sealed class ClosingTests
{
    private const int Block = 4096;

    // What ended the looking for what has expired ended the closing too: what was written and not flushed was lost.
    [Fact]
    public async Task Dispose_WhenTheBackgroundEndsBadly_KeepsWhatWasWrittenAndTells()
    {
        using var device = new MemoryDevice();
        DiskPool pool = await DiskPool.CreateAsync(device, new DiskPoolOptions { SegmentBytes = 64 << 10, TimeProvider = new TimeWithBadTimers() });
        using (IDisk disk = await pool.CreateDiskAsync("disk", 8 * Block))
        {
            disk.WriteBlock(3, seed: 1);
        }

        InvalidOperationException told = await Assert.ThrowsAsync<InvalidOperationException>(async () => await pool.DisposeAsync());

        Assert.Equal("planned", told.Message);
        await using DiskPool opened = await DiskPool.OpenAsync(device);
        using IDisk kept = opened.OpenDisk("disk");
        kept.AssertBlock(3, seed: 1);
    }

    // Timers that cannot be ended.
    private sealed class TimeWithBadTimers : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new BadTimer();
    }

    private sealed class BadTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => throw new InvalidOperationException("planned");

        public ValueTask DisposeAsync() => throw new InvalidOperationException("planned");
    }

    // A thread keeps what it reads with for its next read. Once, that held the last pool it had read from.
    [Theory]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void ClosedPool_IsHeldByNoThreadThatReadFromIt(int readBytes)
    {
        WeakReference closed = ReadAndClose(readBytes);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(closed.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ReadAndClose(int readBytes)
    {
        using DiskPool pool = DiskPool.CreateAsync(new MemoryDevice()).GetAwaiter().GetResult();
        using IDisk disk = pool.CreateDiskAsync("disk", 1 << 20).GetAwaiter().GetResult();
        disk.Write(0, Pattern.Bytes(1 << 20, seed: 1));
        disk.Flush();
        for (int i = 0; i < 50; i++)
        {
            disk.ReadBytes(0, readBytes);
        }

        return new WeakReference(pool.Core);
    }
}
