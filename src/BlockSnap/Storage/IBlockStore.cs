namespace BlockSnap;

/// <summary>
/// A store of immutable blocks that counts references and publishes one root. What a caller builds of blocks (a tree, a list) is its own
/// affair: it puts blocks, keeps their names and checksums in other blocks, and publishes a root that leads to all of them.
/// </summary>
/// <remarks>
/// <para>A block begins with one reference and is gone when its last one is released. References are numbers: the store does not know
/// who holds them, and looks into no block. Equal bytes put twice are two blocks.</para>
/// <para><see cref="PublishRoot"/> is the one durable step. After a crash, and when a store is disposed and opened again, it is exactly as
/// it was at the last published root: the root, every block, every count. What came later never happened, and no name given since
/// the last published root names anything any more.</para>
/// <para>Thread-safe; calls happen in some order, and a publication covers those that returned before it began. Dispose last, when no other
/// call is running. A disposed store raises <see cref="ObjectDisposedException"/>.</para>
/// <para>Every failure of the storage is an <see cref="IOException"/>. After one that leaves memory and device apart, every call that changes
/// something raises <see cref="PoolFaultedException"/> until the store is opened anew. Only names that this store's <see cref="Put"/> returned
/// may be passed in; of others it finds out what it can.</para>
/// </remarks>
public interface IBlockStore : IDisposable
{
    /// <summary>The most bytes of a root.</summary>
    const int RootBytesMax = 1024;

    /// <summary>The root published last; empty in a new store.</summary>
    ReadOnlyMemory<byte> Root { get; }

    /// <summary>Bytes of all blocks that have references, each counted once.</summary>
    long StoredBytes { get; }

    /// <summary>Stores a copy of a block under a name that was never given before, with one reference.</summary>
    /// <param name="data">As many bytes as a <see cref="BlockSize"/> may have: a power of two from 512 B to 1 MiB.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="data"/> has another length.</exception>
    /// <exception cref="PoolFullException">There is no room; nothing changed. Releasing blocks and publishing a root makes some.</exception>
    StoredBlock Put(ReadOnlySpan<byte> data);

    /// <summary>Reads one whole block and proves it. A block without references may be read as long as its bytes happen to be there.</summary>
    /// <param name="id">The block.</param>
    /// <param name="checksum">The checksum that came with the name.</param>
    /// <param name="destination">As long as the block; undefined after an error.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length than the block.</exception>
    /// <exception cref="BlockNotFoundException">The block has no references, and its bytes are gone.</exception>
    /// <exception cref="BlockCorruptedException">The bytes do not match <paramref name="checksum"/>.</exception>
    void Read(BlockId id, ulong checksum, Span<byte> destination);

    /// <summary>Adds a reference.</summary>
    /// <exception cref="BlockNotFoundException">The block has no reference; raised at once, and nothing changed.</exception>
    /// <exception cref="OverflowException">It has 2^32 - 1 already, the most that are counted; nothing changed.</exception>
    void AddReference(BlockId id);

    /// <summary>Takes a reference away; the block goes with its last one, and its space comes back after a later publication.</summary>
    /// <exception cref="BlockNotFoundException">The block has no reference; raised at once, and nothing changed.</exception>
    void Release(BlockId id);

    /// <summary>The references of a block; 0 when there is no such block.</summary>
    long CountReferences(BlockId id);

    /// <summary>
    /// Hands every block put so far to the device and waits for it, so that the next publication has less to do. By itself it makes nothing
    /// outlive a crash.
    /// </summary>
    void Flush();

    /// <summary>
    /// Publishes a root, atomically and durably together with everything that happened before: when it returns, this is what a crash
    /// leaves. A crash before that leaves the previous root. After a <see cref="PoolFaultedException"/> opening the store anew tells which of
    /// the two it is; any other failure changed nothing.
    /// </summary>
    /// <param name="root">At most <see cref="RootBytesMax"/> bytes that mean something to the caller alone.</param>
    /// <exception cref="ArgumentException"><paramref name="root"/> is longer.</exception>
    void PublishRoot(ReadOnlySpan<byte> root);
}
