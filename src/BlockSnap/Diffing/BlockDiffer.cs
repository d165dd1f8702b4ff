using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace BlockSnap;

/// <summary>
/// Compares two states of a piece of a disk block by block and tells which extents changed. Pure and without allocation.
/// </summary>
/// <remarks>
/// <para>
/// Blocks are counted from the start of both spans; the last one may be partial. A block is changed if any byte of it
/// differs, or if it reaches past the end of the shorter span: a change of length is a change, also where the longer
/// span holds zeros. A changed block is <see cref="ChangeKind.Zero"/> if the newer state has only zeros or nothing there.
/// </para>
/// <para>
/// Extents come in rising order, are as long as they can be (two that touch differ in kind), start at a block and end
/// at a block or at the end of the longer span.
/// </para>
/// <para>All members are safe to call from any thread, as long as nobody writes to the spans meanwhile.</para>
/// </remarks>
public static class BlockDiffer
{
    private const int VectorBytes = 64;

    /// <summary>
    /// Bytes per step of the loops: one test and branch for four vectors keeps up with the first-level cache. The widest
    /// vector serves all machines; where the hardware is narrower it is compiled to two or four of what there is.
    /// </summary>
    private const int StepBytes = 4 * VectorBytes;

    /// <summary>Tells whether all bytes are zero. An empty span is.</summary>
    /// <param name="data">The bytes to look at, of any length and alignment.</param>
    public static bool IsZero(ReadOnlySpan<byte> data)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(data);
        int position = 0;
        for (; data.Length - position >= StepBytes; position += StepBytes)
        {
            nuint at = (nuint)position;
            Vector512<byte> any = Vector512.LoadUnsafe(ref bytes, at)
                | Vector512.LoadUnsafe(ref bytes, at + VectorBytes)
                | Vector512.LoadUnsafe(ref bytes, at + 2 * VectorBytes)
                | Vector512.LoadUnsafe(ref bytes, at + 3 * VectorBytes);
            if (any != Vector512<byte>.Zero)
            {
                return false;
            }
        }

        return !data[position..].ContainsAnyExcept((byte)0);
    }

    /// <summary>Walks the changed extents in a <c>foreach</c>, without allocation.</summary>
    /// <inheritdoc cref="Diff" path="/param[@name='before' or @name='after' or @name='blockSize' or @name='baseOffset']"/>
    /// <inheritdoc cref="Diff" path="/exception[@cref='T:System.ArgumentOutOfRangeException']"/>
    /// <returns>An enumerator over the two spans, which it neither copies nor keeps beyond its own life.</returns>
    public static ChangedExtentEnumerator Enumerate(
        ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int blockSize, long baseOffset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockSize);
        ArgumentOutOfRangeException.ThrowIfNegative(baseOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(baseOffset, long.MaxValue - Math.Max(before.Length, after.Length));
        return new ChangedExtentEnumerator(before, after, blockSize, baseOffset);
    }

    /// <summary>
    /// Writes the changed extents to <paramref name="destination"/>, as many as fit. If <paramref name="consumedBytes"/>
    /// is less than the longer span, call again with what is left of both spans (nothing of one that is shorter
    /// than that) and with <paramref name="baseOffset"/> raised by as much.
    /// </summary>
    /// <param name="before">The older state.</param>
    /// <param name="after">The newer state. Its length may differ.</param>
    /// <param name="blockSize">The granularity in bytes, any positive number; extents never cover part of a block.</param>
    /// <param name="destination">Where the extents go; at least one must fit, or calling again would never end.</param>
    /// <param name="consumedBytes">
    /// How many bytes are dealt with: the length of the longer span, or, if the destination became full first, the end of
    /// the last extent written, which is the end of a block. No extent is ever cut there.
    /// </param>
    /// <param name="baseOffset">Where on the disk both spans start, in bytes; added to all offsets. Default 0.</param>
    /// <returns>The number of extents written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="blockSize"/> is not positive, or <paramref name="baseOffset"/> is negative or so large that an
    /// offset would not fit into 63 bits.
    /// </exception>
    public static int Diff(
        ReadOnlySpan<byte> before,
        ReadOnlySpan<byte> after,
        int blockSize,
        Span<ChangedExtent> destination,
        out int consumedBytes,
        long baseOffset = 0)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("The destination must have room for one extent.", nameof(destination));
        }

        ChangedExtentEnumerator extents = Enumerate(before, after, blockSize, baseOffset);
        int count = 0;
        while (count < destination.Length && extents.MoveNext())
        {
            destination[count++] = extents.Current;
        }

        consumedBytes = extents.ConsumedBytes;
        return count;
    }

    /// <summary>The index of the first byte that differs, or the common length if none does.</summary>
    /// <param name="left">One span.</param>
    /// <param name="right">The other, at least as long: it is read up to the length of <paramref name="left"/>.</param>
    internal static int IndexOfDifference(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        ref byte a = ref MemoryMarshal.GetReference(left);
        ref byte b = ref MemoryMarshal.GetReference(right[..left.Length]);
        int position = 0;
        for (; left.Length - position >= StepBytes; position += StepBytes)
        {
            nuint at = (nuint)position;
            Vector512<byte> any = (Vector512.LoadUnsafe(ref a, at) ^ Vector512.LoadUnsafe(ref b, at))
                | (Vector512.LoadUnsafe(ref a, at + VectorBytes) ^ Vector512.LoadUnsafe(ref b, at + VectorBytes))
                | (Vector512.LoadUnsafe(ref a, at + 2 * VectorBytes) ^ Vector512.LoadUnsafe(ref b, at + 2 * VectorBytes))
                | (Vector512.LoadUnsafe(ref a, at + 3 * VectorBytes) ^ Vector512.LoadUnsafe(ref b, at + 3 * VectorBytes));
            if (any != Vector512<byte>.Zero)
            {
                break;
            }
        }

        // At most a step is left to search: the one with the difference, or the tail.
        return position + left[position..].CommonPrefixLength(right[position..left.Length]);
    }
}
