namespace BlockSnap;

/// <summary>Positional I/O on one file of an <see cref="IStorageDevice"/>.</summary>
/// <remarks>
/// <para>Thread-safe. Reads and writes of ranges that overlap may interleave in any way; those that do not overlap never disturb each other.
/// A <see cref="SetLength"/> that shrinks must not run beside a write past the new end.</para>
/// <para>Offsets and lengths are in bytes; a negative one, or a range past <see cref="long.MaxValue"/>, raises
/// <see cref="ArgumentOutOfRangeException"/>. Every failure of the storage is an <see cref="IOException"/>; one for want of space is
/// a <see cref="PoolFullException"/>. A disposed file raises <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
public interface IDeviceFile : IDisposable
{
    /// <summary>Name it was opened under.</summary>
    string Name { get; }

    /// <summary>Length in bytes, asked from the storage at each call.</summary>
    long Length { get; }

    /// <summary>Reads into the destination. Bytes never written read as zero.</summary>
    /// <returns>Number of bytes read: short only at the end of the file, 0 past it.</returns>
    int Read(long offset, Span<byte> destination);

    /// <summary>As <see cref="Read"/>, without holding the calling thread where the storage allows that.</summary>
    ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// The bytes of a range in memory, where the storage can show them without a read: see <see cref="DirectoryDevice.MapsReads"/>. They
    /// change as the file does. Do not look at them any more once the range is cut off or the file is disposed.
    /// </summary>
    /// <returns>The whole range, or nothing: then <see cref="Read"/> gives it.</returns>
    ReadOnlySpan<byte> View(long offset, int length) => default;

    /// <summary>
    /// Writes the whole source; the file grows when the range ends past its end. An empty source changes nothing. After a failure
    /// any part of the range may have been written, and the file may have grown.
    /// </summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>
    /// Reserves space for all bytes up to <paramref name="length"/>, so that later writes there do not fail for want of it, and
    /// makes the file at least that long; what is added reads as zero. On a file system that cannot reserve, only the length is set.
    /// </summary>
    /// <exception cref="PoolFullException">There is no space; content and length are as before.</exception>
    void Allocate(long length);

    /// <summary>Cuts the file or makes it longer; what is added reads as zero.</summary>
    void SetLength(long length);

    /// <summary>
    /// Gives the space of a range back to the storage: its bytes read as zeros from now on, and the length stays. Space that was reserved there
    /// is reserved no more, and any part past the end of the file is ignored. Durable with the next <see cref="Flush"/>, like a write. The
    /// storage gives back whole blocks of its own, usually of 4 KiB; the rest of the range is only zeroed. After a failure any part of the
    /// range may read as zeros.
    /// </summary>
    /// <returns>
    /// False when the storage cannot do it, and then nothing has changed. A device that does not implement it always answers so.
    /// </returns>
    bool TryGiveBack(long offset, long length) => false;

    /// <summary>
    /// Begins to bring what was written to the device, so that a <see cref="Flush"/> soon after it has less to wait for. A hint: it promises
    /// nothing, reports nothing, and may do nothing.
    /// </summary>
    void BeginFlush()
    {
    }

    /// <summary>
    /// Returns when everything written before the call, and what is needed to read it, survives a power cut. The name of a file just
    /// created is not part of that: see <see cref="IStorageDevice.FlushNames"/>.
    /// </summary>
    /// <exception cref="IOException">
    /// The storage failed. What was written since the last flush is lost in part or whole, and every later flush through this handle
    /// throws too: the system forgets the data it could not write, so a second attempt that succeeds would prove nothing.
    /// </exception>
    void Flush();
}
