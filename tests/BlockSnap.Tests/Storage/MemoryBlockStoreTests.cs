namespace BlockSnap.Tests.Storage;

public sealed class MemoryBlockStoreTests : BlockStoreContractTests
{
    [Fact]
    public void Read_ReleasedBlock_ThrowsAtOnce()
    {
        StoredBlock block = Store.Put(new byte[512]);
        Store.Release(block.Id);
        Assert.Throws<BlockNotFoundException>(() => Read(block));
    }

    protected override IBlockStore Create() => new MemoryBlockStore();

    protected override IBlockStore Crash(IBlockStore store)
    {
        ((MemoryBlockStore)store).Crash();
        return store;
    }
}
