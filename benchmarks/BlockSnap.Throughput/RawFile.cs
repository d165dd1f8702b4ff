using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Throughput;

/// <summary>
/// The ceiling: one file of the disk's size, preallocated and written in full before the first round, so that no write to it allocates or
/// converts an extent.
/// </summary>
internal sealed class RawFile : ITarget, IDisposable
{
    private readonly SafeFileHandle _file;
    private PageCacheState _state;

    /// <summary>Creates the file; the first <see cref="Prepare"/> writes it.</summary>
    public RawFile(string path, long size)
    {
        Size = size;
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.None, size);
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <summary>Brings the file's part of the page cache into a state, unless it is in it already.</summary>
    public void Prepare(PageCacheState state)
    {
        if (_state == state)
        {
            return;
        }

        if (_state == PageCacheState.Unknown && state == PageCacheState.ReadThrough)
        {
            Rewrite(1 << 20);
        }

        Libc.DataSync(_file);
        Libc.DropCache(_file);
        switch (state)
        {
            case PageCacheState.SmallWrites:
                Rewrite(ByteSize.Block);
                break;
            case PageCacheState.LargeWrites:
                Rewrite(1 << 20);
                break;
            case PageCacheState.ReadThrough:
                PageCache.ReadThrough(_file);
                break;
        }

        _state = state;
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(_file, buffer, offset);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> data) => RandomAccess.Write(_file, data, offset);

    /// <inheritdoc/>
    public void Flush() => Libc.DataSync(_file);

    public void Dispose() => _file.Dispose();

    private void Rewrite(int chunkBytes)
    {
        var noise = new NoiseBuffer(chunkBytes, seed: 1);
        for (long offset = 0; offset < Size; offset += chunkBytes)
        {
            RandomAccess.Write(_file, noise.Take(), offset);
        }

        Libc.DataSync(_file);
    }
}
