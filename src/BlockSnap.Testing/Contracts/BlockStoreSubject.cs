namespace BlockSnap.Testing;

/// <summary>A store for <see cref="BlockStoreContract"/>, and how it crashes. Not thread-safe; the store is.</summary>
/// <param name="store">New and empty.</param>
/// <param name="crash">
/// Ends a store as the end of its process would, and returns the store that is found when it is opened again; it may be the same object.
/// </param>
public sealed class BlockStoreSubject(IBlockStore store, Func<IBlockStore, IBlockStore> crash) : IDisposable
{
    /// <summary>The store as it is now.</summary>
    public IBlockStore Store { get; private set; } = store;

    /// <summary>Crashes it and opens it again.</summary>
    public void Crash() => Store = crash(Store);

    /// <summary>Disposes the current store.</summary>
    public void Dispose() => Store.Dispose();
}
