using BlockSnap.Format;

namespace BlockSnap.Tests.Format;

/// <summary>
/// Every byte of every structure changed to every other value. A byte under a checksum must make the structure refused; one outside of it
/// must change nothing that is read.
/// </summary>
public sealed class CodecDamageTests
{
    [Fact]
    public void Superblock_AnyByteChanged_IsRefused()
    {
        byte[] page = new byte[Superblock.SlotBytes];
        FormatSamples.Superblock.Encode(page);

        ForEachDamage(page, page.Length, damaged => Assert.Null(Superblock.Decode(damaged)));
    }

    [Fact]
    public void SegmentHeader_AnyByteChanged_IsRefusedOrWithoutMeaning()
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        FormatSamples.SegmentHeader.Encode(page);

        ForEachDamage(page, 72, damaged => Assert.False(SegmentHeader.TryDecode(damaged, out _)));
        ForEachDamageBehind(
            page,
            72,
            damaged => Assert.True(SegmentHeader.TryDecode(damaged, out SegmentHeader header) && header == FormatSamples.SegmentHeader));
    }

    [Fact]
    public void BatchHead_AnyByteChanged_IsRefusedOrWithoutMeaning()
    {
        byte[] pages = FormatSamples.EncodedBatch();
        int used = BatchHeader.Bytes + FormatSamples.BatchHeader.RecordBytes;

        ForEachDamage(pages, used, damaged => Assert.False(BatchHeader.TryDecode(damaged, out _)));
        ForEachDamageBehind(
            pages,
            used,
            damaged => Assert.True(BatchHeader.TryDecode(damaged, out BatchHeader header) && header == FormatSamples.BatchHeader));
    }

    [Fact]
    public void TablePage_AnyByteChanged_IsRefused()
    {
        byte[] page = FormatSamples.EncodedTablePage();

        ForEachDamage(page, page.Length, damaged => Assert.False(TablePage.TryOpen(damaged, 0x1112_1314, out _, out _)));
    }

    [Fact]
    public void ContainerIndex_AnyByteChanged_IsRefused()
    {
        byte[] index = FormatSamples.EncodedContainer();

        ForEachDamage(index, index.Length, damaged => Assert.False(ContainerHeader.Prove(damaged, 0x0102_0304_0506_0708, 0x1112_1314)));
    }

    [Fact]
    public void Structures_CutShort_AreRefused()
    {
        byte[] superblock = new byte[Superblock.SlotBytes];
        FormatSamples.Superblock.Encode(superblock);
        byte[] segment = new byte[SegmentHeader.Bytes];
        FormatSamples.SegmentHeader.Encode(segment);
        byte[] batch = FormatSamples.EncodedBatch();
        byte[] container = FormatSamples.EncodedContainer();

        Assert.All(Enumerable.Range(0, superblock.Length), length => Assert.Null(Superblock.Decode(superblock.AsSpan(0, length))));
        Assert.All(Enumerable.Range(0, 72), length => Assert.False(SegmentHeader.TryDecode(segment.AsSpan(0, length), out _)));
        Assert.All(Enumerable.Range(0, batch.Length), length => Assert.False(BatchHeader.TryDecode(batch.AsSpan(0, length), out _)));
        Assert.All(
            Enumerable.Range(0, container.Length),
            length => Assert.False(ContainerHeader.Prove(container.AsSpan(0, length), 0x0102_0304_0506_0708, 0x1112_1314)));
    }

    private static void ForEachDamage(byte[] structure, int bytes, Action<byte[]> check) => ForEachDamage(structure, 0, bytes, check);

    private static void ForEachDamageBehind(byte[] structure, int first, Action<byte[]> check) =>
        ForEachDamage(structure, first, structure.Length, check);

    private static void ForEachDamage(byte[] structure, int first, int end, Action<byte[]> check)
    {
        byte[] damaged = [.. structure];
        for (int at = first; at < end; at++)
        {
            for (int change = 1; change <= byte.MaxValue; change++)
            {
                damaged[at] = (byte)(structure[at] ^ change);
                check(damaged);
            }

            damaged[at] = structure[at];
        }
    }
}
