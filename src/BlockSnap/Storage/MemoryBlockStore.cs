using System.Collections.Immutable;
using BlockSnap.Storage;

namespace BlockSnap;

/// <summary>
/// A block store in a dictionary: says what <see cref="IBlockStore"/> means, and stands in for <see cref="BlockStore"/> in tests of what is
/// built on one. It keeps nothing beyond its own life; <see cref="Crash"/> does to it what a crash does to a store on a device. Thread-safe.
/// </summary>
public sealed class MemoryBlockStore : IBlockStore
{
    private readonly Lock _lock = new();
    private State _now = new(ImmutableDictionary<BlockId, Block>.Empty, [], 0);
    private State _published = new(ImmutableDictionary<BlockId, Block>.Empty, [], 0);
    private long _given;
    private bool _disposed;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Root => Locked(() => _now.Root);

    /// <inheritdoc/>
    public long StoredBytes => Locked(() => _now.StoredBytes);

    /// <inheritdoc/>
    public StoredBlock Put(ReadOnlySpan<byte> data)
    {
        int sizeClass = BlockId.ClassOf(new BlockSize(data.Length));
        byte[] copy = data.ToArray();
        ulong checksum = BlockChecksum.Compute(copy);
        return Locked(() =>
        {
            var id = new BlockId(1 + (_given / BlockId.SlotsMax), (int)(_given % BlockId.SlotsMax), sizeClass);
            _given++;
            _now = _now with { Blocks = _now.Blocks.Add(id, new Block(copy, checksum, 1)), StoredBytes = _now.StoredBytes + copy.Length };
            return new StoredBlock(id, checksum);
        });
    }

    /// <inheritdoc/>
    public void Read(BlockId id, ulong checksum, Span<byte> destination)
    {
        BlockStoreArguments.CheckDestination(id, destination);
        Block block = Locked(() => Find(id));
        if (block.Checksum != checksum)
        {
            throw new BlockCorruptedException($"The checksum of block {id} does not match", expected: checksum, actual: block.Checksum);
        }

        block.Data.CopyTo(destination);
    }

    /// <inheritdoc/>
    public void AddReference(BlockId id) => Locked(() =>
    {
        Block block = Find(id);
        return _now = _now with { Blocks = _now.Blocks.SetItem(id, block with { Count = checked(block.Count + 1) }) };
    });

    /// <inheritdoc/>
    public void Release(BlockId id) => Locked(() =>
    {
        Block block = Find(id);
        return _now = block.Count > 1
            ? _now with { Blocks = _now.Blocks.SetItem(id, block with { Count = block.Count - 1 }) }
            : _now with { Blocks = _now.Blocks.Remove(id), StoredBytes = _now.StoredBytes - block.Data.Length };
    });

    /// <inheritdoc/>
    public long CountReferences(BlockId id) => Locked(() => _now.Blocks.TryGetValue(id, out Block block) ? block.Count : 0L);

    /// <inheritdoc/>
    public void Flush() => Locked(() => true);

    /// <inheritdoc/>
    public void PublishRoot(ReadOnlySpan<byte> root)
    {
        BlockStoreArguments.CheckRoot(root);
        byte[] copy = root.ToArray();
        Locked(() => _published = _now = _now with { Root = copy });
    }

    /// <summary>Goes back to the last published root, as a store on a device does when its process is killed and it is opened again.</summary>
    public void Crash() => Locked(() => _now = _published);

    /// <summary>Ends the store.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }
    }

    private Block Find(BlockId id) => _now.Blocks.TryGetValue(id, out Block block) ? block : throw new BlockNotFoundException(id);

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return work();
        }
    }

    private readonly record struct Block(byte[] Data, ulong Checksum, uint Count);

    private sealed record State(ImmutableDictionary<BlockId, Block> Blocks, byte[] Root, long StoredBytes);
}
