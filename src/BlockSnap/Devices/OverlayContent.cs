namespace BlockSnap.Devices;

/// <summary>
/// What was written to one file of an <see cref="OverlayDevice"/>: whole pages, each begun as a copy of what lies below. Thread-safe.
/// </summary>
internal sealed class OverlayContent(long lengthBelow)
{
    private const int PageBytes = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, byte[]> _pages = [];

    // Under _gate. Only the first _below bytes of the file below count: what was cut off once never comes back.
    private long _below = lengthBelow;
    private long _length = lengthBelow;

    public long Length
    {
        get
        {
            lock (_gate)
            {
                return _length;
            }
        }
    }

    public int Read(IDeviceFile? file, long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            int count = (int)Math.Clamp(_length - offset, 0, destination.Length);
            destination = destination[..count];
            ReadBelow(file, offset, destination);
            for (long page = offset / PageBytes; _pages.Count > 0 && page * PageBytes < offset + count; page++)
            {
                if (_pages.TryGetValue(page, out byte[]? bytes))
                {
                    long start = Math.Max(offset, page * PageBytes);
                    long end = Math.Min(offset + count, (page + 1) * PageBytes);
                    bytes.AsSpan((int)(start - (page * PageBytes)), (int)(end - start)).CopyTo(destination[(int)(start - offset)..]);
                }
            }

            return count;
        }
    }

    public void Write(IDeviceFile? file, long offset, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            while (!source.IsEmpty)
            {
                long page = offset / PageBytes;
                int within = (int)(offset % PageBytes);
                int taken = Math.Min(PageBytes - within, source.Length);
                if (!_pages.TryGetValue(page, out byte[]? bytes))
                {
                    _pages[page] = bytes = new byte[PageBytes];
                    ReadBelow(file, page * PageBytes, bytes);
                }

                source[..taken].CopyTo(bytes.AsSpan(within));
                source = source[taken..];
                offset += taken;
                _length = Math.Max(_length, offset);
            }
        }
    }

    public void SetLength(long length)
    {
        lock (_gate)
        {
            foreach (long page in _pages.Keys.Where(page => (page + 1) * PageBytes > length).ToList())
            {
                if (page * PageBytes >= length)
                {
                    _pages.Remove(page);
                }
                else
                {
                    _pages[page].AsSpan((int)(length - (page * PageBytes))).Clear();
                }
            }

            _below = Math.Min(_below, length);
            _length = length;
        }
    }

    public void Allocate(long length)
    {
        lock (_gate)
        {
            _length = Math.Max(_length, length);
        }
    }

    // Zeros where nothing lies below.
    private void ReadBelow(IDeviceFile? file, long offset, Span<byte> destination)
    {
        int count = file is null ? 0 : (int)Math.Clamp(_below - offset, 0, destination.Length);
        int read = count > 0 ? file!.Read(offset, destination[..count]) : 0;
        destination[read..].Clear();
    }
}
