using BlockSnap.Log;

namespace BlockSnap.Tests.Log;

public sealed class SegmentFilesTests
{
    private const int SegmentBytes = 64 << 10;

    [Fact]
    public void EndSpare_CapacityUsedUpMeanwhile_DeletesTheFile()
    {
        const int FilesMax = 20;
        using var device = new MemoryDevice();
        using var files = new SegmentFiles(device, SegmentBytes, FilesMax * SegmentBytes);
        AllocateUpTo(files, FilesMax - 4);
        Assert.True(files.TryBeginSpare(out int number));
        Assert.True(files.TryMakeSpare(number, written: false));

        AllocateUpTo(files, FilesMax);
        files.EndSpare(made: true);

        Assert.Equal(FilesMax, device.List().Count);
        Assert.Equal(FilesMax * SegmentBytes, files.Bytes);
    }

    [Fact]
    public void EndSpare_RoomForIt_TheNextSegmentTakesIt()
    {
        using var device = new MemoryDevice();
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 16);
        Assert.True(files.TryBeginSpare(out int number));
        Assert.False(files.TryBeginSpare(out _)); // one at a time
        Assert.True(files.Knows(SegmentFile.NameOf(number)));
        Assert.NotEqual(number, files.Allocate(bookkeeping: false).Number); // not yet: it is being made
        Assert.True(files.TryMakeSpare(number, written: true));
        files.EndSpare(made: true);

        Assert.Equal(number, files.Allocate(bookkeeping: false).Number);
    }

    private static void AllocateUpTo(SegmentFiles files, int count)
    {
        while (files.InUse < count)
        {
            files.Allocate(bookkeeping: true);
        }
    }
}
