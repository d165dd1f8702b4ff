using BlockSnap.Log;
using BlockSnap.Tests.Storage;

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
        IDeviceFile? made = files.TryMakeSpare(number, written: false);

        AllocateUpTo(files, FilesMax);
        files.EndSpare(made);

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
        IDeviceFile? made = files.TryMakeSpare(number, written: true);
        files.EndSpare(made);

        Assert.Equal(number, files.Allocate(bookkeeping: false).Number);
    }

    [Fact]
    public void Allocate_ARecycledFile_AsksNothingOfTheDevice()
    {
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 8);
        SegmentFile first = files.Allocate(bookkeeping: false);
        files.Free(first);
        var calls = new List<string>();
        device.Before = (call, name) => calls.Add($"{call} {name}");

        Assert.Equal(first.Number, files.Allocate(bookkeeping: false).Number);

        Assert.Empty(calls);
    }

    [Fact]
    public void Allocate_AFileThatWasCutToAContainer_HasSpaceForASegmentAgain()
    {
        using var device = new MemoryDevice();
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 8);
        files.Free(files.Allocate(bookkeeping: false));
        SegmentFile container = files.AllocateContainer(8192, leave: 0); // in the file that was a segment
        container.Handle!.SetLength(8192);
        files.Free(container);

        SegmentFile segment = files.Allocate(bookkeeping: false);

        Assert.Equal(container.Number, segment.Number);
        Assert.Equal(SegmentBytes, segment.Handle!.Length);
    }

    private static void AllocateUpTo(SegmentFiles files, int count)
    {
        while (files.InUse < count)
        {
            files.Allocate(bookkeeping: true);
        }
    }
}
