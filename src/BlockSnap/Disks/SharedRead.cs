using System.Runtime.ExceptionServices;

namespace BlockSnap.Disks;

/// <summary>
/// A large read that two threads take pieces of: proving blocks costs as much as fetching them, and both can go on at once. The caller
/// takes pieces too, so nothing is lost when the thread pool is busy; it waits only for pieces that were begun. One object for each
/// calling thread, used again: nothing is allocated.
/// </summary>
internal sealed unsafe class SharedRead : IThreadPoolWorkItem
{
    /// <summary>Reads from this size on are shared, where there is more than one processor.</summary>
    public const int BytesMin = 4 * PieceBytes;

    /// <summary>What a thread takes at a time.</summary>
    public const int PieceBytes = 128 << 10;

    [ThreadStatic]
    private static SharedRead? t_read;

    // The round in the upper half, the next piece in the lower. A piece belongs to whoever moves it on; as the caller waits for all pieces
    // of a round, the other fields stay what they are until then. A work item that comes late finds no piece, or helps the next round.
    private long _next = int.MaxValue;
    private int _pieces;
    private int _done;
    private int _queued;
    private BlockEngine _engine = null!;
    private IVolumeView _view = null!;
    private long _offset;
    private byte* _buffer;
    private int _length;
    private Exception? _failure;

    /// <summary>Fills a buffer from a map; a whole number of blocks.</summary>
    public static void Run(BlockEngine engine, IVolumeView view, long offset, Span<byte> buffer)
    {
        SharedRead read = t_read ??= new SharedRead();
        fixed (byte* start = buffer)
        {
            read.Run(engine, view, offset, start, buffer.Length);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _queued, 0);
        TakePieces();
    }

    private void Run(BlockEngine engine, IVolumeView view, long offset, byte* buffer, int length)
    {
        (_engine, _view, _offset, _length, _failure, _done) = (engine, view, offset, length, null, 0);
        _buffer = buffer;
        _pieces = (length + PieceBytes - 1) / PieceBytes;
        long round = ((_next >> 32) + 1) << 32;
        Volatile.Write(ref _next, round);
        if (Interlocked.Exchange(ref _queued, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        TakePieces();
        SpinWait spin = default;
        while (Volatile.Read(ref _done) < _pieces)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        Volatile.Write(ref _next, round | int.MaxValue); // closed: nobody finds a piece while the fields change
        (_engine, _view) = (null!, null!); // the thread, which keeps this object, must not keep the pool
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void TakePieces()
    {
        while (true)
        {
            long next = Volatile.Read(ref _next);
            int piece = (int)next;
            if (piece >= Volatile.Read(ref _pieces))
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _next, next + 1, next) == next)
            {
                Read(piece * PieceBytes);
                Interlocked.Increment(ref _done);
            }
        }
    }

    private void Read(int at)
    {
        try
        {
            _engine.ReadAlone(_view, _offset + at, new Span<byte>(_buffer + at, Math.Min(PieceBytes, _length - at)));
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }
}
