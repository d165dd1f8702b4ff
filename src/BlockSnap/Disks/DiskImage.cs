using System.Buffers;
using BlockSnap.Disks;
using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>
/// Moves raw images, the bytes of a disk from first to last, in and out. Streams are read and written in big pieces and never held
/// whole; those that cannot seek, a pipe or a socket, do as well. Streams are not closed.
/// </summary>
/// <remarks>All members are safe to call from any thread. A disk that others write to meanwhile gives a mixture: export a snapshot.</remarks>
public static class DiskImage
{
    /// <summary>Bytes moved at a time unless a block is larger. A power of two, so pieces always start at a block.</summary>
    private const int PieceBytes = 1 << 20;

    /// <summary>The least growth of a disk while the image's length is not known: each resize is a durable step, and a hole costs nothing.</summary>
    private const long GrowthBytesMin = 1L << 30;

    /// <summary>
    /// Writes an image to a disk from offset 0. A disk that is too small grows to the image's length; what a larger one holds
    /// beyond the image stays. Zeros cost nothing: on an empty disk they are not written at all. Flushed when the task completes.
    /// </summary>
    /// <param name="source">The image, from the stream's position to its end.</param>
    /// <param name="disk">The disk to write to.</param>
    /// <param name="progress">Bytes read; the total is 0 when the stream cannot tell its length.</param>
    /// <param name="cancellationToken">Stops between two pieces: the disk then holds the image's first part.</param>
    /// <returns>The bytes read.</returns>
    /// <exception cref="PoolFullException">There is no space for all of it: the disk holds the first part, and is no larger than it was or than that.</exception>
    public static async Task<long> ImportAsync(
        Stream source, IDisk disk, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(disk);
        long sizeBefore = disk.Size;
        bool empty = await IsEmptyAsync(disk, cancellationToken).ConfigureAwait(false);
        long read = await ForEachPieceAsync(source, disk, WritePieceAsync, isGrown: true, progress, cancellationToken).ConfigureAwait(false);
        await FinishAsync(disk, Math.Max(sizeBefore, read), cancellationToken).ConfigureAwait(false);
        return read;

        ValueTask WritePieceAsync(long offset, ReadOnlyMemory<byte> piece)
        {
            if (!BlockDiffer.IsZero(piece.Span))
            {
                return disk.WriteAsync(offset, piece, cancellationToken);
            }

            return empty ? ValueTask.CompletedTask : disk.WriteZeroesAsync(offset, piece.Length, cancellationToken);
        }
    }

    /// <summary>
    /// Makes a disk equal to an image, its size too, and writes only the blocks that differ: a snapshot afterwards stores what
    /// changed and no more. Flushed when the task completes.
    /// </summary>
    /// <param name="source">The image, from the stream's position to its end.</param>
    /// <param name="disk">The disk to change.</param>
    /// <param name="progress">Bytes read; the total is 0 when the stream cannot tell its length.</param>
    /// <param name="cancellationToken">Stops between two pieces: the disk's first part is then the image's, the rest as before.</param>
    /// <returns>The bytes read and written.</returns>
    /// <exception cref="PoolFullException">There is no space for all of it: the disk's first part is then the image's, the rest as before.</exception>
    public static async Task<ImageUpdate> UpdateAsync(
        Stream source, IDisk disk, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(disk);
        ImageUpdate update = await CompareAsync(source, disk, WriteChangeAsync, isGrown: true, progress, cancellationToken).ConfigureAwait(false);
        await FinishAsync(disk, update.ReadBytes, cancellationToken).ConfigureAwait(false);
        return update;

        ValueTask WriteChangeAsync(ChangedExtent change, ReadOnlyMemory<byte> data) => change.Kind == ChangeKind.Zero
            ? disk.WriteZeroesAsync(change.Offset, change.Length, cancellationToken)
            : disk.WriteAsync(change.Offset, data, cancellationToken);
    }

    /// <summary>What <see cref="UpdateAsync"/> would do: reads the image and the disk, and changes nothing.</summary>
    /// <param name="source">The image, from the stream's position to its end.</param>
    /// <param name="disk">The disk, or a snapshot's view.</param>
    /// <param name="progress">Bytes read; the total is 0 when the stream cannot tell its length.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    /// <returns>The bytes read, and those that would be written. What a larger disk holds beyond the image would be cut off besides.</returns>
    public static Task<ImageUpdate> PreviewUpdateAsync(
        Stream source, IDisk disk, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(disk);
        return CompareAsync(source, disk, static (_, _) => ValueTask.CompletedTask, isGrown: false, progress, cancellationToken);
    }

    /// <summary>
    /// Writes a disk to a stream from the stream's position on, and replaces what the stream held there. One that can seek stays
    /// sparse: holes are skipped and the length is set at the end. Others get the zeros.
    /// </summary>
    /// <param name="disk">The disk, best a snapshot's view.</param>
    /// <param name="destination">Where the image goes.</param>
    /// <param name="progress">Bytes of the disk dealt with, holes included.</param>
    /// <param name="cancellationToken">Stops between two pieces: the stream then holds the image's first part.</param>
    public static Task ExportAsync(
        IDisk disk, Stream destination, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(destination);
        IAsyncEnumerable<ByteRange> extents = disk.GetAllocatedExtentsAsync(cancellationToken);
        return WriteImageAsync(disk, destination, extents, ReadAsync, progress, cancellationToken);

        ValueTask ReadAsync(long offset, Memory<byte> piece) => disk.ReadAsync(offset, piece, cancellationToken);
    }

    /// <summary>
    /// Writes what can be read of a damaged disk to a stream, as <see cref="ExportAsync"/> does, and zeros in the place of what cannot. Where a map
    /// node is damaged, all that it covers counts as lost, though some of it may never have been written.
    /// </summary>
    /// <param name="disk">The disk, best a snapshot's view.</param>
    /// <param name="destination">Where the image goes.</param>
    /// <param name="progress">Bytes of the disk dealt with, holes included.</param>
    /// <param name="cancellationToken">Stops between two pieces: the stream then holds the image's first part.</param>
    /// <returns>The ranges that are lost, in order; empty when the image is exact.</returns>
    public static async Task<IReadOnlyList<ByteRange>> SalvageAsync(
        IDisk disk, Stream destination, IProgress<WorkProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(destination);
        var salvage = new ImageSalvage(disk, cancellationToken);
        await WriteImageAsync(disk, destination, salvage.GetExtentsAsync(), salvage.ReadAsync, progress, cancellationToken).ConfigureAwait(false);
        return salvage.Lost;
    }

    private static async ValueTask<bool> IsEmptyAsync(IDisk disk, CancellationToken cancellationToken)
    {
        await foreach (ByteRange _ in disk.GetAllocatedExtentsAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        return true;
    }

    // Finds the blocks in which a disk differs from an image, and hands each extent to the caller. Beyond its end the disk counts as zeros.
    private static async Task<ImageUpdate> CompareAsync(
        Stream source,
        IDisk disk,
        Func<ChangedExtent, ReadOnlyMemory<byte>, ValueTask> apply,
        bool isGrown,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        int blockSize = disk.BlockSize.Bytes;
        byte[] held = ArrayPool<byte>.Shared.Rent(PieceLength(disk));

        // Room for all extents of a piece, so that one call finds them.
        var changes = new ChangedExtent[PieceLength(disk) / blockSize];
        long changed = 0;
        try
        {
            long read = await ForEachPieceAsync(source, disk, ComparePieceAsync, isGrown, progress, cancellationToken).ConfigureAwait(false);
            return new ImageUpdate(read, changed);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(held);
        }

        async ValueTask ComparePieceAsync(long offset, ReadOnlyMemory<byte> piece)
        {
            int inside = (int)Math.Clamp(disk.Size - offset, 0, piece.Length);
            await disk.ReadAsync(Math.Min(offset, disk.Size), held.AsMemory(0, inside), cancellationToken).ConfigureAwait(false);
            held.AsSpan(inside, piece.Length - inside).Clear();
            int count = BlockDiffer.Diff(held.AsSpan(0, piece.Length), piece.Span, blockSize, changes, out _, offset);
            for (int index = 0; index < count; index++)
            {
                ChangedExtent change = changes[index];
                await apply(change, piece.Slice((int)(change.Offset - offset), (int)change.Length)).ConfigureAwait(false);
                changed += change.Length;
            }
        }
    }

    /// <summary>
    /// Reads the image to its end in pieces that start at a block, all but the last of them full. A disk that is to be grown is grown ahead of them:
    /// at once when the length is known, else by doubling, so that few resizes are made. The caller takes off what was too much.
    /// </summary>
    /// <returns>The bytes read.</returns>
    private static async Task<long> ForEachPieceAsync(
        Stream source,
        IDisk disk,
        Func<long, ReadOnlyMemory<byte>, ValueTask> apply,
        bool isGrown,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        long sizeBefore = disk.Size;
        long offset = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceLength(disk));
        try
        {
            long total = source.CanSeek ? source.Length - source.Position : 0;
            if (isGrown)
            {
                await GrowAsync(disk, total, total, cancellationToken).ConfigureAwait(false);
            }

            ProgressMeter meter = MeterOf(disk, progress);
            Memory<byte> room = buffer.AsMemory(0, PieceLength(disk));
            while (await FillAsync(source, room, cancellationToken).ConfigureAwait(false) is > 0 and int length)
            {
                if (isGrown)
                {
                    long doubled = 2 * Math.Min(Math.Max(disk.Size, GrowthBytesMin / 2), IDisk.SizeMax / 2);
                    await GrowAsync(disk, offset + length, doubled, cancellationToken).ConfigureAwait(false);
                }

                await apply(offset, room[..length]).ConfigureAwait(false);
                offset += length;
                meter.Report(offset, total);
            }

            return offset;
        }
        catch (Exception) when (isGrown && disk.Size > Math.Max(sizeBefore, offset))
        {
            await TryShrinkAsync(disk, Math.Max(sizeBefore, offset)).ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ValueTask<int> FillAsync(Stream source, Memory<byte> room, CancellationToken cancellationToken) =>
        source.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellationToken);

    private static ValueTask GrowAsync(IDisk disk, long end, long target, CancellationToken cancellationToken) =>
        end > disk.Size ? disk.ResizeAsync(Math.Max(end, target), cancellationToken) : ValueTask.CompletedTask;

    // The disk keeps no provisional size, unless the pool has failed: that is told then, by what it failed in first.
    private static async ValueTask TryShrinkAsync(IDisk disk, long size)
    {
        try
        {
            await disk.ResizeAsync(size, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BlockSnapException or ObjectDisposedException)
        {
            // the size stays
        }
    }

    private static async ValueTask FinishAsync(IDisk disk, long size, CancellationToken cancellationToken)
    {
        if (disk.Size != size)
        {
            await disk.ResizeAsync(size, cancellationToken).ConfigureAwait(false);
        }

        await disk.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteImageAsync(
        IDisk disk,
        Stream destination,
        IAsyncEnumerable<ByteRange> extents,
        Func<long, Memory<byte>, ValueTask> read,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        long size = disk.Size;
        long origin = destination.CanSeek ? destination.Position : 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceLength(disk));
        try
        {
            if (destination.CanSeek)
            {
                // What is skipped must read as zeros: nothing old may lie there.
                destination.SetLength(origin);
            }

            ProgressMeter meter = MeterOf(disk, progress);
            long done = 0;
            await foreach (ByteRange extent in extents.ConfigureAwait(false))
            {
                await SkipAsync(destination, origin + extent.Offset, extent.Offset - done, buffer, cancellationToken).ConfigureAwait(false);
                for (done = extent.Offset; done < extent.End;)
                {
                    Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(extent.End - done, PieceLength(disk)));
                    await read(done, piece).ConfigureAwait(false);
                    await destination.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                    done += piece.Length;
                    meter.Report(done, size);
                }
            }

            await SkipAsync(destination, origin + size, size - done, buffer, cancellationToken).ConfigureAwait(false);
            if (destination.CanSeek)
            {
                destination.SetLength(origin + size);
            }

            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            meter.Report(size, size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Passes over a hole of <paramref name="length"/> bytes that ends at <paramref name="position"/> of the stream.</summary>
    private static async ValueTask SkipAsync(
        Stream destination, long position, long length, byte[] buffer, CancellationToken cancellationToken)
    {
        if (destination.CanSeek)
        {
            destination.Position = position;
            return;
        }

        Memory<byte> zeros = buffer.AsMemory(0, (int)Math.Min(length, buffer.Length));
        zeros.Span.Clear();
        while (length > 0)
        {
            int count = (int)Math.Min(length, zeros.Length);
            await destination.WriteAsync(zeros[..count], cancellationToken).ConfigureAwait(false);
            length -= count;
        }
    }

    private static ProgressMeter MeterOf(IDisk disk, IProgress<WorkProgress>? progress) =>
        new(progress, disk is DiskBase own ? own.Engine.Store.Time : TimeProvider.System);

    private static int PieceLength(IDisk disk) => Math.Max(PieceBytes, disk.BlockSize.Bytes);
}
