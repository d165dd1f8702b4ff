namespace BlockSnap;

/// <summary>
/// Walks the changed extents of two spans; made by <see cref="BlockDiffer.Enumerate"/>, which says what an extent is.
/// </summary>
/// <remarks>
/// Lives on the stack and compares only as far as it is asked to. The default value is an enumerator over nothing.
/// One enumerator serves one thread.
/// </remarks>
public ref struct ChangedExtentEnumerator
{
    private readonly ReadOnlySpan<byte> _before;
    private readonly ReadOnlySpan<byte> _after;

    /// <summary>In bytes, positive.</summary>
    private readonly int _blockSize;

    /// <summary>Where both spans start on the disk, in bytes.</summary>
    private readonly long _baseOffset;

    /// <summary>All bytes before this one are dealt with; a multiple of the block size, or the length of the longer span.</summary>
    private int _position;

    internal ChangedExtentEnumerator(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, int blockSize, long baseOffset)
    {
        _before = before;
        _after = after;
        _blockSize = blockSize;
        _baseOffset = baseOffset;
    }

    /// <summary>The extent that the last successful <see cref="MoveNext"/> found.</summary>
    public ChangedExtent Current { get; private set; }

    /// <summary>
    /// How many bytes of the longer span are dealt with: up to the end of <see cref="Current"/>, or all of them after
    /// <see cref="MoveNext"/> returned <see langword="false"/>.
    /// </summary>
    public readonly int ConsumedBytes => _position;

    private readonly int TotalLength => Math.Max(_before.Length, _after.Length);

    private readonly int CommonLength => Math.Min(_before.Length, _after.Length);

    /// <summary>Returns this enumerator, for <c>foreach</c>.</summary>
    public readonly ChangedExtentEnumerator GetEnumerator() => this;

    /// <summary>Finds the next changed extent.</summary>
    /// <returns><see langword="false"/> if there is none.</returns>
    public bool MoveNext()
    {
        int start = NextChangedBlock(_position);
        if (start == TotalLength)
        {
            _position = start;
            return false;
        }

        // The block that ends the run is compared again by the next call. Remembering the outcome would save little:
        // a second look at a changed block mostly ends at its first bytes, and an equal one is one block of many.
        ChangeKind kind = KindOf(start);
        int end = BlockEnd(start);
        while (end < TotalLength && IsChanged(end) && KindOf(end) == kind)
        {
            end = BlockEnd(end);
        }

        _position = end;
        Current = new ChangedExtent(_baseOffset + start, end - start, kind);
        return true;
    }

    /// <summary>The start of the first changed block from <paramref name="start"/> on, or the total length if none is left.</summary>
    private readonly int NextChangedBlock(int start)
    {
        if (start >= CommonLength)
        {
            return start;
        }

        // Equal bytes are skipped in one go, not block by block, so that small blocks cost nothing here.
        int difference = start + BlockDiffer.IndexOfDifference(_before[start..CommonLength], _after[start..CommonLength]);
        return difference == TotalLength ? difference : difference - difference % _blockSize;
    }

    private readonly bool IsChanged(int start)
    {
        int end = BlockEnd(start);
        return end > CommonLength || !_before[start..end].SequenceEqual(_after[start..end]);
    }

    private readonly ChangeKind KindOf(int start)
    {
        int afterEnd = Math.Min(BlockEnd(start), _after.Length);
        return start >= afterEnd || BlockDiffer.IsZero(_after[start..afterEnd]) ? ChangeKind.Zero : ChangeKind.Data;
    }

    /// <summary>Written so that blocks of more than 1 GiB do not overflow.</summary>
    private readonly int BlockEnd(int start) => start + Math.Min(_blockSize, TotalLength - start);
}
