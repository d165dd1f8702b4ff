namespace BlockSnap.Throughput.StandIn;

/// <summary>A file of a <see cref="StandInDevice"/>. Flushes are counted and do nothing: nothing here outlives the process.</summary>
internal sealed class StandInFile(IDeviceFile inner, StandInContent content, DeviceCounts counts) : IDeviceFile
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public long Length => inner.Length;

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> destination)
    {
        counts.AddRead(destination.Length);
        long end = Math.Min(offset + destination.Length, inner.Length);
        int done = 0;
        while (offset + done < end)
        {
            long at = offset + done;
            int length = RunLength(at, end, out byte number);
            Span<byte> run = destination.Slice(done, length);
            if (number == 0)
            {
                int read = inner.Read(at, run);
                if (read < length)
                {
                    return done + read;
                }
            }
            else
            {
                StandInData.Block(number).Slice((int)(at % ByteSize.Block), length).CopyTo(run);
            }

            done += length;
        }

        return done;
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Read(offset, destination.Span));

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        counts.AddWrite(source.Length);
        int pending = 0; // Everything from here up to the current page is still to be stored.
        int at = 0;
        while (at < source.Length)
        {
            int length = (int)Math.Min(ByteSize.Block - ((offset + at) % ByteSize.Block), source.Length - at);
            ReadOnlySpan<byte> piece = source.Slice(at, length);
            long page = (offset + at) / ByteSize.Block;
            byte number = length == ByteSize.Block ? StandInData.NumberOf(piece) : (byte)0;
            if (number != 0)
            {
                Store(offset + pending, source[pending..at]);
                pending = at + length;
            }
            else if (length < ByteSize.Block && content[page] is var held and not 0)
            {
                inner.Write(page * ByteSize.Block, StandInData.Block(held)); // only a part of this data block is overwritten: keep the rest
            }

            content.Set(page, number);
            at += length;
        }

        Store(offset + pending, source[pending..]);
        if (pending == source.Length && inner.Length < offset + pending)
        {
            inner.SetLength(offset + pending);
        }
    }

    /// <inheritdoc/>
    public void Allocate(long length)
    {
        if (inner.Length < length)
        {
            inner.SetLength(length); // sparse
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        inner.SetLength(length);
        content.Cut((length + ByteSize.Block - 1) / ByteSize.Block);
    }

    /// <inheritdoc/>
    public void Flush() => counts.AddFlush();

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    private void Store(long offset, ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            inner.Write(offset, bytes);
        }
    }

    // A run of data ends with its block; any other run goes on to the next block of data.
    private int RunLength(long at, long end, out byte number)
    {
        long page = at / ByteSize.Block;
        number = content[page];
        long until = (page + 1) * ByteSize.Block;
        while (number == 0 && until < end && content[until / ByteSize.Block] == 0)
        {
            until += ByteSize.Block;
        }

        return (int)(Math.Min(until, end) - at);
    }
}
