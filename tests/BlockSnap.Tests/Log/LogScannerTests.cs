using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Tests.Log;

public sealed class LogScannerTests
{
    private const ulong Salt = 77;
    private const int SegmentBytes = 64 << 10;

    [Theory]
    [InlineData(7, 2)]
    [InlineData(6, 1)] // a crash kept the batch and lost the page before it: the header is that of the file's earlier life
    public void FindEnd_Batch_IsTakenOnlyBehindTheHeaderOfItsSegment(long headerSegment, long expectedEnd)
    {
        using var device = new MemoryDevice();
        byte[] file = new byte[2 * FormatVersion.PageBytes];
        new SegmentHeader(Salt, headerSegment, 0, 12, SegmentBytes, default, 0).Encode(file);
        LogRecord.Hole(1, 0, 1).Encode(file.AsSpan(SegmentHeader.Bytes + BatchHeader.Bytes));
        new BatchHeader
        {
            Salt = Salt,
            Segment = 7,
            Sequence = 1,
            DurableSequence = 0,
            Time = 0,
            Offset = SegmentHeader.Bytes,
            Pages = 1,
            DataBytes = 0,
            RecordBytes = LogRecord.Bytes,
            NextFile = -1,
        }.Encode(file.AsSpan(SegmentHeader.Bytes));
        using (IDeviceFile written = device.Open(SegmentFile.NameOf(0), DeviceFileMode.CreateNew))
        {
            written.Write(0, file);
        }

        using var files = new SegmentFiles(device, SegmentBytes, null);
        LogPosition end = new LogScanner(files, Salt, SegmentBytes).FindEnd(new LogPosition(7, 0, SegmentHeader.Bytes, 1), _ => true);

        Assert.Equal(expectedEnd, end.Sequence);
    }
}
