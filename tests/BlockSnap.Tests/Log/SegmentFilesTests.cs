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
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        IDeviceFile? made = files.TryMakeSpare(ahead, written: false);

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
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        Assert.False(files.TryBeginSpare(out _)); // one at a time
        Assert.True(files.Knows(ahead.Name));
        Assert.NotEqual(ahead.Number, files.Allocate(bookkeeping: false).Number); // not yet: it is being made
        IDeviceFile? made = files.TryMakeSpare(ahead, written: true);
        files.EndSpare(made);

        Assert.Equal(ahead.Number, files.Allocate(bookkeeping: false).Number);
    }

    // A flush of the log waits for what the device has been given: never for a whole file of zeros.
    [Fact]
    public void TryMakeSpare_Written_FlushesEachMebibyteOfZeros()
    {
        const int LargeSegmentBytes = (3 << 20) + (512 << 10);
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        using var files = new SegmentFiles(device, LargeSegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 16);
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        var flushed = new List<long>();
        long written = 0;
        long longest = 0;
        device.BeforeWrite = (_, offset, length) => (written, longest) = (offset + length, Math.Max(longest, length));
        device.Before = (call, _) => flushed.AddRange(call == "flush" ? [written] : []);

        files.EndSpare(files.TryMakeSpare(ahead, written: true));

        Assert.Equal([1 << 20, 2 << 20, 3 << 20, LargeSegmentBytes], flushed);
        Assert.InRange(longest, 1, 64 << 10); // a longer piece becomes one folio, all of which counts as written with each small flush in it
    }

    // The capacity had no room for another whole file, so the short one that was held for this was not looked at, and the checkpoint that had begun
    // stopped the pool.
    [Fact]
    public void Allocate_CapacityWithRoomForAShortReserveOnly_TakesThatFile()
    {
        const int FilesMax = 16;
        using var device = new MemoryDevice();
        using var files = new SegmentFiles(device, SegmentBytes, FilesMax * SegmentBytes);
        AllocateUpTo(files, FilesMax - 1);
        files.AllocateContainer(SegmentBytes / 4, leave: 0);
        files.HoldRoom(bytes: 4096, roomInSegment: 0, ReserveShare.None);

        Assert.Equal(SegmentBytes / 2, files.Allocate(bookkeeping: true).Bytes);
        Assert.Throws<PoolFullException>(() => files.Allocate(bookkeeping: true));
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
    public void Allocate_AFileThatWasCutAndMadeReadyAhead_AsksNothingOfTheDevice()
    {
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 16);
        files.Free(files.Allocate(bookkeeping: false));
        SegmentFile container = files.AllocateContainer(8192, leave: 0);
        container.Handle!.SetLength(8192);
        files.Free(container);
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        files.EndSpare(files.TryMakeSpare(ahead, written: true));
        var calls = new List<string>();
        device.Before = (call, name) => calls.Add($"{call} {name}");

        Assert.Equal(container.Number, files.Allocate(bookkeeping: false).Number);

        Assert.Empty(calls);
    }

    [Theory]
    [InlineData(SegmentBytes, new[] { "open", "allocate" })]
    [InlineData(8192, new[] { "open", "allocate", "write", "flush" })]
    public void TryMakeSpare_AFileOfAnEarlierRun_WritesAndFlushesOnlyWhatIsMissing(int lengthBytes, string[] expected)
    {
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        using (IDeviceFile earlier = memory.Open(SegmentFile.NameOf(16), DeviceFileMode.CreateNew))
        {
            earlier.SetLength(lengthBytes);
        }

        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        files.Load(17, Enumerable.Range(0, 16).ToHashSet());
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        Assert.Equal(16, ahead.Number);
        var calls = new List<string>();
        device.Before = (call, _) => calls.Add(call);

        files.EndSpare(files.TryMakeSpare(ahead, written: true));

        Assert.Equal(expected, calls);
    }

    [Fact]
    public void AllocateContainer_FilesReadyAndNot_LeavesThoseThatAreReadyToTheLog()
    {
        using var device = new MemoryDevice();
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 16);
        SegmentFile ready = files.Allocate(bookkeeping: false);
        SegmentFile cut = files.AllocateContainer(8192, leave: 0);
        cut.Handle!.SetLength(8192);
        files.Free(cut);
        files.Free(ready); // given back last, so taken first but for that

        Assert.Equal(cut.Number, files.AllocateContainer(8192, leave: 0).Number);
        Assert.Equal(ready.Number, files.Allocate(bookkeeping: false).Number);
    }

    [Fact]
    public void EndSpare_AFreeFileThatFoundNoSpace_IsGivenBack()
    {
        using var memory = new MemoryDevice();
        using var device = new HookedDevice(memory);
        using var files = new SegmentFiles(device, SegmentBytes, capacityBytes: null);
        AllocateUpTo(files, 16);
        SegmentFile cut = files.AllocateContainer(8192, leave: 0);
        cut.Handle!.SetLength(8192);
        files.Free(cut);
        Assert.True(files.TryBeginSpare(out SegmentFile? ahead));
        device.Before = (call, _) =>
        {
            if (call == "allocate")
            {
                throw new PoolFullException(SegmentBytes, null);
            }
        };

        files.EndSpare(files.TryMakeSpare(ahead, written: false));

        Assert.Equal(0, files.Spares);
        Assert.False(memory.Exists(cut.Name));
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
