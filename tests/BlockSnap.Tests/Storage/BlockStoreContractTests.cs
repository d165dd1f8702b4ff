namespace BlockSnap.Tests.Storage;

/// <summary>The shipped contract on a store. A class per implementation derives from it.</summary>
public abstract class BlockStoreContractTests : IDisposable
{
    // Lazy: the derived class is not built yet when this one is.
    private readonly Lazy<BlockStoreSubject> _subject;

    protected BlockStoreContractTests() => _subject = new(() => new BlockStoreSubject(Create(), Crash));

    /// <summary>The names of the rules.</summary>
    public static TheoryData<string> Rules => [.. BlockStoreContract.Rules.Select(rule => rule.Name)];

    /// <summary>The store under test, empty at first.</summary>
    protected IBlockStore Store => _subject.Value.Store;

    public void Dispose()
    {
        if (_subject.IsValueCreated)
        {
            _subject.Value.Dispose();
        }

        CleanUp();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Contract_EachRule_IsKept(string rule) => BlockStoreContract.Rules.Single(each => each.Name == rule).Check(_subject.Value);

    [Fact]
    public void References_OfMapNodesName_AreNone()
    {
        StoredBlock block = Store.Put(Pattern.Bytes(4096, 1));
        var node = new BlockId(block.Id.Segment, block.Id.Slot, BlockId.NodeClass);
        Assert.Throws<BlockNotFoundException>(() => Store.Release(node));
        Assert.Equal(1, Store.CountReferences(block.Id));
    }

    /// <summary>Kills the store as the end of its process would, and opens it again.</summary>
    protected void Crash() => _subject.Value.Crash();

    /// <summary>Reads a whole block.</summary>
    protected byte[] Read(StoredBlock block)
    {
        byte[] data = new byte[block.Id.Length];
        Store.Read(block.Id, block.Checksum, data);
        return data;
    }

    protected abstract IBlockStore Create();

    /// <summary>What is there after a crash of a store; it may be the same object.</summary>
    protected abstract IBlockStore Crash(IBlockStore store);

    protected virtual void CleanUp()
    {
    }
}
