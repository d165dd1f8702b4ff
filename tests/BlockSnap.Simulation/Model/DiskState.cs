namespace BlockSnap.Simulation;

/// <summary>
/// The model of one state of a disk: a dictionary of blocks and a size. What is not in the dictionary is a hole. The bytes past the size
/// in the last block are always zero. Not thread-safe.
/// </summary>
internal sealed class DiskState
{
    // Counts up over all states of all models: two blocks with one version are one stored block.
    private static long s_version;

    private readonly Dictionary<long, ModelBlock> _blocks;
    private string? _digest;

    public DiskState(int blockBytes, long size)
        : this(blockBytes, size, [])
    {
    }

    private DiskState(int blockBytes, long size, Dictionary<long, ModelBlock> blocks)
    {
        BlockBytes = blockBytes;
        Size = size;
        _blocks = blocks;
    }

    public int BlockBytes { get; }

    public long Size { get; private set; }

    public IReadOnlyDictionary<long, ModelBlock> Blocks => _blocks;

    public DiskState Copy() => new(BlockBytes, Size, new Dictionary<long, ModelBlock>(_blocks)) { _digest = _digest };

    /// <summary>What a function makes of the content; kept until that changes.</summary>
    public string Digest(Func<DiskState, string> compute) => _digest ??= compute(this);

    public void Read(long offset, Span<byte> destination)
    {
        destination.Clear();
        foreach ((long index, int start, int length, int done) in Pieces(offset, destination.Length))
        {
            if (_blocks.TryGetValue(index, out ModelBlock? block))
            {
                block.Data.AsSpan(start, length).CopyTo(destination[done..]);
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        foreach ((long index, int start, int length, int done) in Pieces(offset, data.Length))
        {
            Replace(index, start, data.Slice(done, length));
        }
    }

    public void WriteZeroes(long offset, long length)
    {
        foreach (long index in StoredIn(offset, length))
        {
            (long start, long end) = Part(index, offset, length);
            Replace(index, (int)start, new byte[end - start]);
        }
    }

    /// <summary>Gives back whole blocks. The last block of a disk is whole when the range reaches the disk's end, however short it is.</summary>
    public void Discard(long offset, long length)
    {
        foreach (long index in StoredIn(offset, length))
        {
            if (IsWhole(index, Part(index, offset, length)))
            {
                _blocks.Remove(index);
                _digest = null;
            }
        }
    }

    public void Resize(long size)
    {
        foreach (long index in StoredIn(size, Math.Max(0, Size - size)))
        {
            if (index * BlockBytes >= size)
            {
                _blocks.Remove(index);
            }
            else
            {
                int start = (int)(size - (index * BlockBytes));
                Replace(index, start, new byte[BlockBytes - start]);
            }
        }

        Size = size;
        _digest = null;
    }

    private void Replace(long index, int start, ReadOnlySpan<byte> data)
    {
        _digest = null;
        bool zero = BlockDiffer.IsZero(data);
        if (zero && IsWhole(index, (start, start + data.Length)))
        {
            _blocks.Remove(index);
            return;
        }

        byte[] fresh = new byte[BlockBytes];
        if (_blocks.TryGetValue(index, out ModelBlock? old))
        {
            old.Data.CopyTo(fresh, 0);
        }

        data.CopyTo(fresh.AsSpan(start));
        _blocks[index] = new ModelBlock(fresh, Interlocked.Increment(ref s_version));
    }

    private bool IsWhole(long index, (long Start, long End) part)
        => part.Start == 0 && part.End >= Math.Min(BlockBytes, Size - (index * BlockBytes));

    // A range as the parts of the blocks it touches, with the bytes of the range that come before each.
    private IEnumerable<(long Index, int Start, int Length, int Done)> Pieces(long offset, int count)
    {
        for (int done = 0; done < count;)
        {
            int start = (int)((offset + done) % BlockBytes);
            int length = Math.Min(count - done, BlockBytes - start);
            yield return ((offset + done) / BlockBytes, start, length, done);
            done += length;
        }
    }

    private List<long> StoredIn(long offset, long length)
        => [.. _blocks.Keys.Where(index => length > 0 && index >= offset / BlockBytes && index <= (offset + length - 1) / BlockBytes)];

    private (long Start, long End) Part(long index, long offset, long length)
    {
        long first = index * BlockBytes;
        return (Math.Max(offset - first, 0), Math.Min(offset + length - first, BlockBytes));
    }
}
