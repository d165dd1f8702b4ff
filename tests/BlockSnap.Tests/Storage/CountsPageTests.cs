using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap.Tests.Storage;

public sealed class CountsPageTests
{
    private const int Slots = 128;

    [Fact]
    public void Set_MoreThanAByteHolds_KeepsAllCounts()
    {
        using CountsPage page = Make();
        page[0] = 255;
        page[5] = 7;
        Assert.Equal(Slots, page.MemoryBytes);

        page[5] = 256;

        Assert.Equal((255u, 256u, 0u), (page[0], page[5], page[127]));
        Assert.Equal(4 * Slots, page.MemoryBytes);
    }

    [Theory]
    [InlineData(255u)]
    [InlineData(256u)]
    [InlineData(uint.MaxValue)]
    public void Load_WhatWasCopiedOut_IsTheSame(uint largest)
    {
        using CountsPage page = Make();
        uint[] counts = [.. Enumerable.Range(0, Slots).Select(slot => slot == 77 ? largest : (uint)slot)];

        page.Load(counts);

        var copied = new uint[Slots];
        page.CopyTo(copied);
        Assert.Equal(counts, copied);
    }

    [Fact]
    public void Count_OfABlockReferredToHundredsOfTimes_OutlivesTheStore()
    {
        using var device = new MemoryDevice();
        StoredBlock block;
        using (BlockStore store = BlockStore.OpenOrCreate(device))
        {
            block = store.Put(new byte[4096].AsSpan());
            for (int i = 0; i < 300; i++)
            {
                store.AddReference(block.Id);
            }

            store.PublishRoot([1]);
        }

        using BlockStore reopened = BlockStore.OpenOrCreate(device);
        Assert.Equal(301, reopened.CountReferences(block.Id));
        for (int i = 0; i < 300; i++)
        {
            reopened.Release(block.Id);
        }

        Assert.Equal(1, reopened.CountReferences(block.Id));
    }

    private static CountsPage Make() => new(
        new SegmentInfo { Number = 3, Row = 0, GranuleLog2 = 12, File = new SegmentFile(0) }, Slots);
}
