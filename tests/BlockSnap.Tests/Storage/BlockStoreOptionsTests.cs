namespace BlockSnap.Tests.Storage;

public sealed class BlockStoreOptionsTests
{
    public static TheoryData<string, BlockStoreOptions> Wrong => new()
    {
        { nameof(BlockStoreOptions.SegmentBytes), new BlockStoreOptions { SegmentBytes = 2 << 20 } },
        { nameof(BlockStoreOptions.SegmentBytes), new BlockStoreOptions { SegmentBytes = 512 << 20 } },
        { nameof(BlockStoreOptions.SegmentBytes), new BlockStoreOptions { SegmentBytes = 12 << 20 } },
        { nameof(BlockStoreOptions.CapacityBytes), new BlockStoreOptions { CapacityBytes = (16L << 24) - 1 } },
        { nameof(BlockStoreOptions.CountsMemoryBytes), new BlockStoreOptions { CountsMemoryBytes = 0 } },
        { nameof(BlockStoreOptions.WriteBufferBytes), new BlockStoreOptions { WriteBufferBytes = 0 } },
        { nameof(BlockStoreOptions.TimeProvider), new BlockStoreOptions { TimeProvider = null! } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void OpenOrCreate_OptionOutOfRange_ThrowsWithItsNameAndTouchesNothing(string option, BlockStoreOptions options)
    {
        using var device = new MemoryDevice();
        Assert.Equal(option, Assert.ThrowsAny<ArgumentException>(() => BlockStore.OpenOrCreate(device, options)).ParamName);
        Assert.Empty(device.List());
    }
}
