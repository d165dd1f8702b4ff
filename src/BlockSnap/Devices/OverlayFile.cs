namespace BlockSnap.Devices;

/// <summary>One handle on a file of an <see cref="OverlayDevice"/>. Thread-safe.</summary>
internal sealed class OverlayFile(string name, IDeviceFile? below, OverlayContent content) : IDeviceFile
{
    public string Name => name;

    public long Length => content.Length;

    public int Read(long offset, Span<byte> destination)
    {
        DeviceRange.End(offset, destination.Length);
        return content.Read(below, offset, destination);
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(offset, destination.Span));

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        DeviceRange.End(offset, source.Length);
        content.Write(below, offset, source);
    }

    public void Allocate(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        content.Allocate(length);
    }

    public void SetLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        content.SetLength(length);
    }

    public void Flush()
    {
    }

    public void Dispose() => below?.Dispose();
}
