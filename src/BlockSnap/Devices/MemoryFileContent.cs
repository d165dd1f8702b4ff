using System.Runtime.InteropServices;

namespace BlockSnap.Devices;

/// <summary>The bytes of one file of a <see cref="MemoryDevice"/>, shared by all handles on it. Thread-safe.</summary>
/// <remarks>
/// Invariants: bytes at or past the length are zero in every chunk, so growing is only a new length; capacity is taken for exactly the
/// chunks below <c>_reservedChunkCount</c> and those past it that are in <c>_chunks</c>.
/// </remarks>
internal sealed class MemoryFileContent(MemoryCapacity capacity)
{
    private const int ChunkShift = 16;
    private const int ChunkBytes = 1 << ChunkShift;

    private readonly Lock _gate = new();

    // All under _gate. A chunk that is missing reads as zero.
    private readonly Dictionary<long, byte[]> _chunks = [];
    private long _lengthBytes;
    private long _reservedChunkCount;

    /// <summary>Handles open on the content; under the gate of the device.</summary>
    public int HandleCount { get; set; }

    /// <summary>Whether no name leads here any more; under the gate of the device.</summary>
    public bool IsDeleted { get; set; }

    public long Length
    {
        get
        {
            lock (_gate)
            {
                return _lengthBytes;
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(_lengthBytes - offset, 0, destination.Length);
            for (int done = 0; done < count;)
            {
                (long chunk, int start, int length) = Piece(offset + done, count - done);
                Span<byte> target = destination.Slice(done, length);
                if (_chunks.TryGetValue(chunk, out byte[]? bytes))
                {
                    bytes.AsSpan(start, length).CopyTo(target);
                }
                else
                {
                    target.Clear();
                }

                done += length;
            }

            return count;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            // Taken for all of it first: a write that does not fit leaves nothing behind.
            capacity.Take(UnpaidChunkCount(offset, source.Length) * ChunkBytes);
            for (int done = 0; done < source.Length;)
            {
                (long chunk, int start, int length) = Piece(offset + done, source.Length - done);
                ref byte[]? bytes = ref CollectionsMarshal.GetValueRefOrAddDefault(_chunks, chunk, out _);
                bytes ??= new byte[ChunkBytes];
                source.Slice(done, length).CopyTo(bytes.AsSpan(start));
                done += length;
            }

            _lengthBytes = Math.Max(_lengthBytes, offset + source.Length);
        }
    }

    public void Allocate(long length)
    {
        lock (_gate)
        {
            long chunkCount = ChunkCount(length);
            if (chunkCount > _reservedChunkCount)
            {
                long paid = _chunks.Keys.LongCount(chunk => chunk >= _reservedChunkCount && chunk < chunkCount);
                capacity.Take(Math.Min(chunkCount - _reservedChunkCount - paid, long.MaxValue / ChunkBytes) * ChunkBytes);
                _reservedChunkCount = chunkCount;
            }

            _lengthBytes = Math.Max(_lengthBytes, length);
        }
    }

    public void SetLength(long length)
    {
        lock (_gate)
        {
            if (length < _lengthBytes)
            {
                Cut(length);
            }

            _lengthBytes = length;
        }
    }

    public void GiveBack(long offset, long length)
    {
        lock (_gate)
        {
            long end = Math.Min(_lengthBytes, offset + length);
            while (offset < end)
            {
                (long chunk, int start, int count) = Piece(offset, (int)Math.Min(ChunkBytes, end - offset));
                if (count == ChunkBytes)
                {
                    Drop(chunk);
                }
                else if (_chunks.TryGetValue(chunk, out byte[]? bytes))
                {
                    bytes.AsSpan(start, count).Clear();
                }

                offset += count;
            }
        }
    }

    // Reserved space is given back only by a cut of the file, together with all behind it.
    private void Drop(long chunk)
    {
        if (_chunks.Remove(chunk) && chunk >= _reservedChunkCount)
        {
            capacity.GiveBack(ChunkBytes);
        }
    }

    private void Cut(long length)
    {
        long chunkCount = ChunkCount(length);
        long given = Math.Max(_reservedChunkCount - chunkCount, 0);
        foreach (long chunk in _chunks.Keys)
        {
            if (chunk >= chunkCount)
            {
                given += chunk >= _reservedChunkCount ? 1 : 0;
                _chunks.Remove(chunk);
            }
        }

        _reservedChunkCount = Math.Min(_reservedChunkCount, chunkCount);
        capacity.GiveBack(given * ChunkBytes);

        (long last, int start, _) = Piece(length, ChunkBytes);
        if (_chunks.TryGetValue(last, out byte[]? bytes))
        {
            bytes.AsSpan(start).Clear();
        }
    }

    private long UnpaidChunkCount(long offset, int length)
    {
        long count = 0;
        for (long chunk = Math.Max(offset >> ChunkShift, _reservedChunkCount); chunk <= (offset + length - 1) >> ChunkShift; chunk++)
        {
            count += _chunks.ContainsKey(chunk) ? 0 : 1;
        }

        return count;
    }

    // The part of a range that lies in its first chunk.
    private static (long Chunk, int Start, int Length) Piece(long offset, int length)
    {
        int start = (int)(offset & (ChunkBytes - 1));
        return (offset >> ChunkShift, start, Math.Min(length, ChunkBytes - start));
    }

    private static long ChunkCount(long length) => (length >> ChunkShift) + ((length & (ChunkBytes - 1)) != 0 ? 1 : 0);
}
