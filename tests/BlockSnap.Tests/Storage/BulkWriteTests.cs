using BlockSnap.Log;

namespace BlockSnap.Tests.Storage;

/// <summary>How much data reach the device: in few writes, of a shape that the system is good at.</summary>
public sealed class BulkWriteTests(ITestOutputHelper output)
{
    private const int MiB = 1 << 20;

    // A large page, as the system has them for files too.
    private const int Piece = 2 * MiB;

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(8192)]
    public async Task LongWrites_ReachTheFilesInWholePieces(int blockBytes)
    {
        var writes = new List<(long Offset, int Length)>();
        var device = new HookedDevice(new MemoryDevice())
        {
            BeforeWrite = (name, offset, length) =>
            {
                if (name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal))
                {
                    writes.Add((offset, length));
                }
            },
        };
        var options = new DiskPoolOptions { BackgroundWork = false, WriteBufferBytes = 3 * MiB };
        await using DiskPool pool = await DiskPool.CreateAsync(device, options, TestContext.Current.CancellationToken);
        IDisk disk = await pool.CreateDiskAsync("disk", 64 * MiB, new BlockSize(blockBytes), TestContext.Current.CancellationToken);
        writes.Clear();
        for (int i = 0; i < 48; i++)
        {
            disk.Write((long)i * MiB, Pattern.Bytes(MiB, i));
        }

        // Where blocks and heads are of other sizes than pages, a write goes on a little into the next piece, and the next one ends there again.
        int slack = 2 * Math.Max(blockBytes, 4096);
        int whole = writes.Count(write => (write.Offset + write.Length + slack - 1) % Piece < 2 * slack && write.Length > Piece - (2 * slack));
        int exact = writes.Count(write => (write.Offset + write.Length) % Piece == 0);
        output.WriteLine($"{whole} of {writes.Count} writes end where a piece of 2 MiB does, {exact} of them exactly");
        Assert.True(writes.Count >= 16);
        Assert.InRange(writes.Count - whole, 0, 5); // the first of all and the last of segments; what is being filled waits until it is full
        Assert.True(blockBytes != 4096 || exact >= whole - 5);
    }
}
