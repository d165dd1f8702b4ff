using BlockSnap.Format;

namespace BlockSnap;

/// <summary>
/// A virtual block disk: sparse, random access, no position. Any offset and length inside the disk is allowed, no read or write is
/// short; a transfer that crosses the end is refused whole with <see cref="ArgumentOutOfRangeException"/>.
/// A write that returned is acknowledged: it is seen by every later read, and survives a crash once a later <see cref="Flush"/> returned.
/// Thread-safe: operations may run side by side; those on one block act in some order, each block whole.
/// </summary>
public interface IDisk : IDisposable, IAsyncDisposable
{
    /// <summary>The size of the largest disk, in bytes.</summary>
    const long SizeMax = FieldReader.DiskSizeMax;

    /// <summary>The disk's identity, for a snapshot's view that of the disk it was taken of.</summary>
    DiskId Id { get; }

    /// <summary>The name: "DISK" for a head, "DISK@SNAPSHOT" for a snapshot's view.</summary>
    string Name { get; }

    /// <summary>The size in bytes, 0 to <see cref="SizeMax"/>, which is 2^62; any number, not only whole blocks.</summary>
    long Size { get; }

    /// <summary>The size of a map block.</summary>
    BlockSize BlockSize { get; }

    /// <summary>What the disk can do.</summary>
    DiskCapabilities Capabilities { get; }

    /// <summary>The chain of snapshots of this disk.</summary>
    ISnapshotChain Chain { get; }

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>; holes read as zeros.</summary>
    /// <exception cref="BlockCorruptedException">A stored block is not what was written; nothing wrong is returned.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>The asynchronous form of <see cref="Read"/>; completes synchronously when no device access is needed.</summary>
    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Writes <paramref name="data"/> at <paramref name="offset"/>. Whole blocks of zeros become holes.</summary>
    /// <exception cref="PoolFullException">No space; nothing of the failing block was written.</exception>
    void Write(long offset, ReadOnlySpan<byte> data);

    /// <summary>The asynchronous form of <see cref="Write"/>.</summary>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>Makes a range read as zeros. Whole blocks become holes and give their space back.</summary>
    void WriteZeroes(long offset, long length);

    /// <summary>The asynchronous form of <see cref="WriteZeroes"/>.</summary>
    ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default);

    /// <summary>Gives back the whole blocks inside a range: they read as zeros then. Parts of blocks at its ends are left as they are.</summary>
    void Discard(long offset, long length);

    /// <summary>The asynchronous form of <see cref="Discard"/>.</summary>
    ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default);

    /// <summary>Makes every write acknowledged before the call, on any disk of the pool, survive a crash.</summary>
    /// <exception cref="PoolFaultedException">The device failed, now or earlier: nothing more is written until the pool is opened again.</exception>
    void Flush();

    /// <summary>The asynchronous form of <see cref="Flush"/>; several at once share one device flush.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);

    /// <summary>Changes the size. Growth reads as zeros; shrinking drops what lies beyond. Durable when it returns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not 0 to 2^62 bytes.</exception>
    /// <exception cref="ConflictException">Another change of the disk is under way, a snapshot with hooks for one.</exception>
    void Resize(long size);

    /// <summary>The asynchronous form of <see cref="Resize"/>.</summary>
    ValueTask ResizeAsync(long size, CancellationToken cancellationToken = default);

    /// <summary>The ranges that hold data, in order, in whole blocks clipped to the size, of the state at the time of the call.</summary>
    IAsyncEnumerable<ByteRange> GetAllocatedExtentsAsync(CancellationToken cancellationToken = default);

    /// <summary>A seekable stream over the disk; it does not own the disk. Its length is the disk's size; writing past the end fails.</summary>
    Stream AsStream();
}
