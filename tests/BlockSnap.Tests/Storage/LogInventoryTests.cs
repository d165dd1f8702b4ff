using System.Buffers.Binary;
using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap.Tests.Storage;

/// <summary>What repair finds in data files whose checksums are right: numbers that are never written lead nowhere.</summary>
public sealed class LogInventoryTests
{
    private const ulong Salt = 7;
    private const int SegmentBytes = 64 << 10;
    private const int SlotAt = 24;
    private const int StoredBytesAt = 28;

    // Of the container: its header, one entry, one record.
    private const int EntryAt = ContainerHeader.Bytes;
    private const int RecordAt = EntryAt + ContainerHeader.EntryBytes;
    private const int IndexBytes = RecordAt + LogRecord.Bytes;

    [Fact]
    public void Take_AContainer_FindsTheSegmentInIt()
    {
        using MemoryDevice device = DeviceWith(static _ => { });

        LogInventory inventory = LogInventory.Take(device, superblock: null, TestContext.Current.CancellationToken);

        Assert.Empty(inventory.Strange);
        Assert.Equal(4096, Assert.Single(inventory.Places[5]).OffsetOf(3));
    }

    [Theory]
    [InlineData(EntryAt, 0)] // the segment's number
    [InlineData(EntryAt + 8, 40)] // granule
    [InlineData(EntryAt + 12, -1)] // records
    [InlineData(EntryAt + 12, 2)]
    [InlineData(EntryAt + 12, int.MaxValue)]
    [InlineData(EntryAt + 16, -32)] // records offset
    [InlineData(EntryAt + 16, RecordAt + 32)]
    [InlineData(EntryAt + 20, -4096)] // data offset
    [InlineData(RecordAt + SlotAt, -1)]
    [InlineData(RecordAt + SlotAt, int.MaxValue)]
    [InlineData(RecordAt + StoredBytesAt, 0)]
    [InlineData(RecordAt + StoredBytesAt, int.MaxValue)]
    public void Take_AContainerOfNonsense_LeavesItOut(int offset, int value)
    {
        using MemoryDevice device = DeviceWith(index => BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(offset), value));

        LogInventory inventory = LogInventory.Take(device, superblock: null, TestContext.Current.CancellationToken);

        Assert.Equal([SegmentFile.NameOf(1)], inventory.Strange);
        Assert.DoesNotContain(5, inventory.Places.Keys);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Take_AContainerOfNonsensicallyManySegments_LeavesItOut(int segments)
    {
        using MemoryDevice device = DeviceWith(static _ => { }, segments);

        Assert.Equal([SegmentFile.NameOf(1)], LogInventory.Take(device, superblock: null, TestContext.Current.CancellationToken).Strange);
    }

    // Of a batch as long as this the end would overflow.
    [Fact]
    public void Take_ABatchLongerThanItsFile_LeavesItOut()
    {
        using MemoryDevice device = DeviceWith(static _ => { });
        using IDeviceFile file = device.Open(SegmentFile.NameOf(0), DeviceFileMode.Open);
        byte[] page = new byte[FormatVersion.PageBytes];
        new BatchHeader
        {
            Salt = Salt,
            Segment = 1,
            Sequence = 1,
            DurableSequence = 0,
            Time = 0,
            Offset = SegmentHeader.Bytes,
            Pages = 1,
            DataBytes = int.MaxValue,
            RecordBytes = 0,
            NextFile = -1,
        }.Encode(page);
        file.Write(SegmentHeader.Bytes, page);
        var start = new LogPosition(1, 0, SegmentHeader.Bytes, 1);

        LogInventory inventory = LogInventory.Take(device, superblock: null, TestContext.Current.CancellationToken);

        Assert.Equal(start, inventory.FollowFrom(start));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1 << 30)]
    [InlineData(65_537)]
    public void Take_ASegmentOfNonsensicalSize_BelievesNoHeader(int segmentBytes)
    {
        using var device = new MemoryDevice();
        WriteHeader(device, segmentBytes);

        LogInventory inventory = LogInventory.Take(device, superblock: null, TestContext.Current.CancellationToken);

        Assert.Null(inventory.Header);
        Assert.Equal([SegmentFile.NameOf(0)], inventory.Strange);
    }

    // Segment 1 in file 0, and in file 1 a container of block 3 of segment 5; sealed after the change.
    private static MemoryDevice DeviceWith(Action<byte[]> change, int segments = 1)
    {
        var device = new MemoryDevice();
        WriteHeader(device, SegmentBytes);
        byte[] index = new byte[IndexBytes];
        ContainerHeader.EncodeEntry(index.AsSpan(EntryAt), segment: 5, granuleLog2: 12, recordCount: 1, RecordAt, dataOffset: 4096);
        new LogRecord(RecordKind.Data, 0, 3, 0, 1, 0, Value: 1, Slot: 3, StoredBytes: 4096).Encode(index.AsSpan(RecordAt));
        change(index);
        ContainerHeader.Seal(index, Salt, file: 1, segments);
        using IDeviceFile container = device.Open(SegmentFile.NameOf(1), DeviceFileMode.CreateNew);
        container.Write(0, index);
        container.Write(4096, new byte[4096]);
        return device;
    }

    private static void WriteHeader(MemoryDevice device, int segmentBytes)
    {
        using IDeviceFile file = device.Open(SegmentFile.NameOf(0), DeviceFileMode.CreateNew);
        byte[] page = new byte[SegmentHeader.Bytes];
        new SegmentHeader(Salt, Segment: 1, File: 0, GranuleLog2: 12, segmentBytes, Guid.Empty, PoolCreated: 0).Encode(page);
        file.Write(0, page);
        file.SetLength(SegmentBytes);
    }
}
