namespace BlockSnap.Log;

/// <content>Space, taken before anything is appended: what is refused has changed nothing.</content>
internal sealed partial class LogWriter
{
    /// <summary>Fills the reserve before data are taken. Gate held.</summary>
    /// <param name="nodes">Map nodes that have no name yet.</param>
    /// <exception cref="PoolFullException">There is no space for it; nothing changed.</exception>
    public void HoldReserve(int nodes) => TakeSpace(() =>
    {
        _files.HoldReserve(nodes);
        BesideReserve?.Invoke();
    });

    /// <summary>Fills the reserve again after a checkpoint. Gate held.</summary>
    public void RefillReserve() => TakeSpace(_files.Refill);

    /// <summary>Sees to it that so many bytes of bookkeeping can be appended, before the first of them is. Gate held.</summary>
    /// <exception cref="PoolFullException">There is no space for all of it; nothing changed.</exception>
    public void HoldRoom(long bytes, ReserveShare leave) => TakeSpace(() => _files.HoldRoom(bytes, RoomInSegment, leave));

    /// <summary>A file for a container. Gate held.</summary>
    /// <inheritdoc cref="SegmentFiles.AllocateContainer"/>
    public SegmentFile AllocateContainer(long bytes, int leave)
    {
        SegmentFile? file = null;
        TakeSpace(() => file = _files.AllocateContainer(bytes, leave));
        return file!;
    }

    // Not by TakeSpace, whose closure would cost memory at the beginning of each segment.
    private SegmentFile AllocateFile(bool bookkeeping)
    {
        ThrowIfFaulted();
        try
        {
            return _files.Allocate(bookkeeping);
        }
        catch (IOException e) when (e is not BlockSnapException)
        {
            throw DeviceFailed(e);
        }
    }

    private void TakeSpace(Action take)
    {
        ThrowIfFaulted();
        try
        {
            take();
        }
        catch (IOException e) when (e is not BlockSnapException)
        {
            throw DeviceFailed(e);
        }
    }

    // A device that fails here has failed a write, if only of a length. A full one has failed nothing, and nothing has changed.
    private PoolFaultedException DeviceFailed(IOException cause)
    {
        Fault(cause);
        return new PoolFaultedException(cause);
    }
}
