namespace BlockSnap.Testing;

/// <summary>A handle on a file of a <see cref="CrashableDevice"/>. Thread-safe.</summary>
internal sealed class CrashableFile(CrashableDevice device, string name, CrashableContent content) : ILossyFile
{
    private volatile bool _disposed;

    public string Name => name;

    public long Length
    {
        get
        {
            lock (Enter())
            {
                return content.Now.Length;
            }
        }
    }

    public int Read(long offset, Span<byte> destination)
    {
        ThrowIfOutOfRange(offset, destination.Length);
        lock (Enter())
        {
            int count = (int)Math.Clamp(content.Now.Length - offset, 0, destination.Length);
            content.Now.Span.Slice((int)Math.Min(offset, content.Now.Length), count).CopyTo(destination);
            return count;
        }
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(Read(offset, destination.Span));
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        ThrowIfOutOfRange(offset, source.Length);
        Enter();
        if (!source.IsEmpty)
        {
            device.Announce(DeviceCall.Write, name);
            lock (device.Gate)
            {
                device.ThrowIfFull(offset + source.Length - content.Now.Length);
                content.Change(new UnsyncedChange(device.NextClock(), offset, source.ToArray(), false));
            }
        }
    }

    public void Allocate(long length)
    {
        ThrowIfOutOfRange(length, 0);
        if (length > Length)
        {
            device.Announce(DeviceCall.Allocate, name);
            ChangeLength(length);
        }
    }

    public void SetLength(long length)
    {
        ThrowIfOutOfRange(length, 0);
        Enter();
        device.Announce(DeviceCall.SetLength, name);
        ChangeLength(length);
    }

    public bool TryGiveBack(long offset, long length)
    {
        ThrowIfOutOfRange(offset, length);
        int count = (int)Math.Clamp(Length - offset, 0, length);
        if (count > 0)
        {
            device.Announce(DeviceCall.GiveBack, name);
            lock (device.Gate)
            {
                content.Change(new UnsyncedChange(device.NextClock(), offset, new byte[count], false));
            }
        }

        return true;
    }

    public void Flush()
    {
        Enter();
        try
        {
            device.Announce(DeviceCall.Flush, name);
        }
        catch (IOException)
        {
            LoseUnsynced();
            throw;
        }

        lock (device.Gate)
        {
            content.Flush();
        }
    }

    public void LoseUnsynced()
    {
        lock (device.Gate)
        {
            content.Unsynced.Clear();
        }
    }

    public void Dispose() => _disposed = true;

    private void ChangeLength(long length)
    {
        lock (device.Gate)
        {
            device.ThrowIfFull(length - content.Now.Length);
            content.Change(new UnsyncedChange(device.NextClock(), length, [], true));
        }
    }

    private Lock Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return device.Gate;
    }

    private static void ThrowIfOutOfRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, long.MaxValue - length);
    }
}
