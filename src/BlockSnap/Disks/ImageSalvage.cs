using BlockSnap.Mapping;
using BlockSnap.Primitives;

namespace BlockSnap.Disks;

/// <summary>The readable part of a disk for an export, and the list of what was not: zeros stand in its place. For one thread.</summary>
internal sealed class ImageSalvage(IDisk disk, CancellationToken cancellationToken)
{
    private readonly List<ByteRange> _lost = [];

    /// <summary>What could not be read, in order, merged.</summary>
    public IReadOnlyList<ByteRange> Lost => _lost;

    /// <summary>The extents to read. Of a disk of this library those that damaged nodes cover go to <see cref="Lost"/> instead.</summary>
    public IAsyncEnumerable<ByteRange> GetExtentsAsync() =>
        disk is DiskBase own ? GetExtentsAsync(own) : disk.GetAllocatedExtentsAsync(cancellationToken);

    /// <summary>Reads a piece that begins at a block; where that fails, block by block, with zeros for those that fail.</summary>
    public async ValueTask ReadAsync(long offset, Memory<byte> piece)
    {
        if (await TryReadAsync(offset, piece).ConfigureAwait(false))
        {
            return;
        }

        int blockBytes = disk.BlockSize.Bytes;
        for (int at = 0; at < piece.Length; at += blockBytes)
        {
            Memory<byte> block = piece.Slice(at, Math.Min(blockBytes, piece.Length - at));
            if (!await TryReadAsync(offset + at, block).ConfigureAwait(false))
            {
                block.Span.Clear();
                Lose(offset + at, block.Length);
            }
        }
    }

    private async ValueTask<bool> TryReadAsync(long offset, Memory<byte> piece)
    {
        try
        {
            await disk.ReadAsync(offset, piece, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            return false;
        }
    }

    private async IAsyncEnumerable<ByteRange> GetExtentsAsync(DiskBase own)
    {
        using PinnedRoot pin = own.Pin();
        long size = own.Size;
        int log2 = own.BlockSize.Log2;
        ByteRange pending = default;
        foreach (MapSalvage.Run run in new MapSalvage(own.Engine.Reader, pin, cancellationToken).Walk())
        {
            long offset = run.First << log2;
            if (offset >= size)
            {
                break;
            }

            long length = run.Count > (size - offset) >> log2 ? size - offset : run.Count << log2;
            if (!run.IsLost && pending.Length > 0 && pending.End == offset)
            {
                pending = new ByteRange(pending.Offset, pending.Length + length);
                continue;
            }

            if (pending.Length > 0)
            {
                yield return pending; // before what follows is listed as lost, so that the list is in order
            }

            pending = run.IsLost ? default : new ByteRange(offset, length);
            if (run.IsLost)
            {
                Lose(offset, length);
            }
        }

        if (pending.Length > 0)
        {
            yield return pending;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    private void Lose(long offset, long length)
    {
        if (_lost.Count > 0 && _lost[^1].End == offset)
        {
            _lost[^1] = new ByteRange(_lost[^1].Offset, _lost[^1].Length + length);
        }
        else
        {
            _lost.Add(new ByteRange(offset, length));
        }
    }
}
