using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Log;

public sealed class CheckpointFilesTests
{
    private const int SegmentBytes = 64 << 10;

    [Fact]
    public void WriteOverLeftOver_PageOfACheckpointThatNeverBecameValid_IsGoneBeforeItsNumberIsGivenAgain()
    {
        using var device = new MemoryDevice();
        Superblock first;
        using (var files = new CheckpointFiles(device, SegmentBytes))
        {
            files.WriteTable([(0, PageWith(segment: 1)), (1, PageWith(segment: 2))], sequence: 1);
            first = SuperblockOf(files, sequence: 1);
            files.WriteSuperblock(first);
            files.WriteTable([(0, PageWith(segment: 9))], sequence: 2); // and here the process ends, before superblock 2
        }

        Superblock second;
        using (var files = new CheckpointFiles(device, SegmentBytes))
        {
            Assert.Equal([1, 2], SegmentsIn(files, first));

            // The next superblock is number 2 again, and would make the left-over page valid.
            files.WriteOverLeftOver(sequence: 2);
            second = SuperblockOf(files, sequence: 2);
        }

        using (var files = new CheckpointFiles(device, SegmentBytes))
        {
            Assert.Equal([1, 2], SegmentsIn(files, second));
        }
    }

    // A full pool writes the counts of a segment in the reserve to one place and, at the next checkpoint, to the other.
    [Fact]
    public void Cover_TakesSpaceForBothPlacesOfARowsCounts()
    {
        const int Slots = 4096;
        var device = new ThinDevice(new CrashableDevice());
        using var files = new CheckpointFiles(device, segmentBytes: 16 << 20);
        files.Cover([0, 1], Slots);
        device.PagesMax = device.PagesTaken;
        byte[] counts = new byte[Slots * sizeof(uint)];
        counts.AsSpan().Fill(1);
        byte[] read = new byte[counts.Length];
        foreach ((int row, int version) in new[] { (0, 0), (0, 1), (1, 0), (1, 1) })
        {
            files.WriteCounts(row, version, counts);
            files.ReadCounts(row, version, read);
            Assert.Equal(counts, read);
        }

        Assert.Throws<PoolFullException>(() => files.WriteCounts(2, 0, counts)); // what was not covered has no space
    }

    private static byte[] PageWith(long segment)
    {
        byte[] page = new byte[TablePage.Bytes];
        new TableRow
        {
            Segment = segment,
            File = 0,
            FileBytes = SegmentBytes,
            SlotCount = 1,
            LiveBytes = 0,
            NodeBytes = 0,
            DataOffset = 0,
            IndexOffset = 0,
            RecordCount = 0,
            GranuleLog2 = 12,
            Relocated = false,
            CountsVersion = 0,
            CountsChecksum = 0,
        }.Encode(TablePage.Row(page.AsSpan(), 0));
        return page;
    }

    private static List<long> SegmentsIn(CheckpointFiles files, Superblock superblock)
        => [.. files.LoadTable(superblock).Select(page => TableRow.Decode(TablePage.Row(page.AsSpan(), 0)).Segment)];

    private static Superblock SuperblockOf(CheckpointFiles files, long sequence) => new()
    {
        PoolId = Guid.Empty,
        Created = 0,
        SegmentBytes = SegmentBytes,
        Sequence = sequence,
        Clean = false,
        ReleaseFile = 0,
        FileCount = 1,
        NextSegment = 4,
        NextBatch = 1,
        ReplaySegment = 0,
        ReplayFile = 0,
        ReplayOffset = 0,
        TablePages = 2,
        ReleaseCount = 0,
        TableChecksum = files.TableChecksum(2),
        ReleaseChecksum = BlockChecksum.Compute([]),
        Root = [],
    };
}
