using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// One connection after the handshake. The thread that calls <see cref="Run"/> receives and judges requests and executes at once those
/// that memory can answer; requests that came together are answered together. What has to wait for the device goes to the connection's
/// other threads and is answered when it is done, out of order. Only the flush of a client that waits for every reply is made at once
/// too. Nothing is allocated for a request that is answered at once.
/// A write longer than the buffer is applied in pieces as they arrive, and a long read is sent in pieces, so memory does not grow with
/// the length of requests.
/// </summary>
internal sealed class Session : IDisposable
{
    /// <summary>Reads up to this size are not worth handing over. Longer ones are: then reading overlaps with sending.</summary>
    private const int ShortReadBytes = 64 << 10;

    /// <summary>Discards and zeroes up to this size touch few map nodes.</summary>
    private const int ShortClearBytes = 64 << 20;

    /// <summary>The pieces in which a long write is applied; one block where that is larger.</summary>
    private const int WritePieceBytes = 128 << 10;

    /// <summary>After so many requests in a row that came alone, a flush is taken to keep nobody else waiting.</summary>
    private const int LoneRequestsMin = 32;

    private readonly Negotiated _negotiated;
    private readonly RequestExecutor _executor;
    private readonly Func<bool> _inputWaits;
    private readonly CancellationToken _aborted;
    private readonly ReceiveBuffer _received;
    private readonly ReplyBuffer _replies;
    private readonly SessionWorkers _workers;
    private readonly ReadPlacement _placement;
    private readonly int _pieceBytes;

    // Requests in a row that came alone: nothing was received after them, and no other was at work. Counted up to LoneRequestsMin.
    private int _loneRequests;

    /// <param name="negotiated">Stays the caller's.</param>
    /// <param name="time">The clock.</param>
    /// <param name="inputWaits">Whether the client has sent more than was received.</param>
    /// <param name="fail">Called by a thread that cannot go on; ends the connection: nothing is sent any more.</param>
    /// <param name="aborted">Set when the connection was ended by this side: no more requests are begun.</param>
    public Session(Negotiated negotiated, TimeProvider time, Func<bool> inputWaits, Action<Exception> fail, CancellationToken aborted)
    {
        _negotiated = negotiated;
        _inputWaits = inputWaits;
        _aborted = aborted;
        _executor = new RequestExecutor(negotiated, fail, aborted);
        _placement = new ReadPlacement(time);
        var sending = new Lock();
        _replies = new ReplyBuffer(negotiated.Stream, sending);
        _workers = new SessionWorkers(Execute, () => new ReplyBuffer(negotiated.Stream, sending), fail, thread => thread.Start());

        // Pieces hold whole blocks: a block written in parts would be read, changed and written again for each of them.
        _pieceBytes = Math.Max(WritePieceBytes, negotiated.Export.Disk.BlockSize.Bytes);
        _received = new ReceiveBuffer(negotiated.Stream, _pieceBytes + (64 << 10), negotiated.Early.Span);
    }

    /// <summary>Serves until the client leaves.</summary>
    /// <exception cref="ConnectionLostException">The connection broke, or the client sent something that is no request.</exception>
    public void Run()
    {
        while (!_aborted.IsCancellationRequested && TryFill(RequestHeader.Bytes))
        {
            if (!RequestHeader.TryDecode(_received.Peek(RequestHeader.Bytes), out RequestHeader request))
            {
                throw new ConnectionLostException("A request without its magic number.");
            }

            _received.Consume(RequestHeader.Bytes);
            if (request.Type == CommandType.Disconnect)
            {
                break;
            }

            NbdError refusal = RequestRules.Check(
                request, _negotiated.Export.Disk.Size, _negotiated.Export.IsReadOnly, _negotiated.StructuredReplies, _negotiated.Contexts.Count > 0);
            if (request.Type == CommandType.Write)
            {
                if (!TryWrite(request, refusal))
                {
                    break;
                }
            }
            else if (refusal != NbdError.None)
            {
                Refuse(request, refusal);
            }
            else
            {
                Dispatch(request);
            }
        }

        _workers.Dispose(); // waits until what was handed over is answered
        _replies.Send();
    }

    public void Dispose()
    {
        _workers.Dispose();
        _replies.Dispose();
        _received.Dispose();
    }

    // Before it waits for the client, it sends the replies that are ready.
    private bool TryFill(int count, int most = int.MaxValue)
    {
        if (_received.Available < count)
        {
            _replies.Send();
        }

        return _received.TryFill(count, most);
    }

    private void Dispatch(in RequestHeader request)
    {
        CountLoneRequest();
        switch (request.Type)
        {
            case CommandType.Read:
                DispatchRead(request);
                break;
            case CommandType.Trim or CommandType.WriteZeroes when request.Length <= ShortClearBytes && !request.Has(CommandFlags.Fua):
                _executor.Execute(request, _replies);
                break;
            case CommandType.Flush:
                MakeDurable(new WorkItem(request, IsDone: false));
                break;
            default:
                HandOver(new WorkItem(request, IsDone: false));
                break;
        }
    }

    private void CountLoneRequest()
    {
        bool isAlone = _received.Available == 0 && _workers.IsIdle;
        _loneRequests = isAlone ? Math.Min(_loneRequests + 1, LoneRequestsMin) : 0;
    }

    // A client that waits for each reply is spared the way to another thread and back. Should it send something during the flush after
    // all, that has to wait for the device, once: from then on flushes are handed over again.
    private void MakeDurable(in WorkItem item)
    {
        if (_loneRequests < LoneRequestsMin)
        {
            HandOver(item);
            return;
        }

        Execute(item, _replies);
        if (_inputWaits())
        {
            _loneRequests = 0;
        }
    }

    private void DispatchRead(in RequestHeader request)
    {
        bool othersWait = _received.Available >= RequestHeader.Bytes || !_workers.IsIdle;
        if (!othersWait)
        {
            _executor.Execute(request, _replies);
        }
        else if (request.Length > ShortReadBytes || _placement.TakeHandedOut())
        {
            HandOver(new WorkItem(request, IsDone: false));
        }
        else
        {
            long start = _placement.Start();
            _executor.Execute(request, _replies);
            _placement.Observe(start);
        }
    }

    private void HandOver(in WorkItem item)
    {
        if (!_workers.TryPost(item))
        {
            _replies.Send();
            Execute(item, _replies);
        }
    }

    private void Execute(WorkItem item, ReplyBuffer replies)
    {
        if (item.IsDone)
        {
            _executor.Conclude(item.Request, replies);
        }
        else
        {
            _executor.Execute(item.Request, replies);
        }
    }

    /// <summary>Does a write and answers it.</summary>
    /// <returns>False when the client left before the last byte.</returns>
    private bool TryWrite(in RequestHeader request, NbdError refusal)
    {
        // No client can mean such a length, and to refuse it politely would take reading all of those bytes.
        if (request.Length > 2L * Export.RequestBytesMax)
        {
            throw new ConnectionLostException($"A write of {request.Length} bytes.");
        }

        if (!TryTakeIn(request, applies: refusal == NbdError.None, out Exception? failure))
        {
            return false;
        }

        CountLoneRequest();
        if (refusal != NbdError.None)
        {
            Refuse(request, refusal);
        }
        else if (failure is not null)
        {
            _executor.ReplyError(request, failure, _replies);
        }
        else if (request.Has(CommandFlags.Fua))
        {
            MakeDurable(new WorkItem(request, IsDone: true));
        }
        else
        {
            RequestExecutor.Acknowledge(request, _replies);
        }

        return true;
    }

    /// <summary>Receives all bytes of a write, and applies them piece by piece up to the first failure.</summary>
    /// <param name="applies">False for a refused write, whose bytes are dropped.</param>
    /// <returns>False when the client left before the last byte.</returns>
    private bool TryTakeIn(in RequestHeader request, bool applies, out Exception? failure)
    {
        failure = null;
        ulong offset = request.Offset;
        for (uint left = request.Length; left > 0;)
        {
            int piece = (int)Math.Min(left, (uint)_pieceBytes - (uint)(offset % (uint)_pieceBytes));

            // When more of the request follows, receive no more than this piece: the next then begins at the front of the buffer, and
            // nothing has to be moved.
            if (!TryFill(piece, piece == left ? int.MaxValue : piece))
            {
                return false;
            }

            if (applies && failure is null)
            {
                try
                {
                    _negotiated.Export.Disk.Write((long)offset, _received.Peek(piece));
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }

            _received.Consume(piece);
            offset += (uint)piece;
            left -= (uint)piece;
        }

        return true;
    }

    private void Refuse(in RequestHeader request, NbdError error) =>
        _executor.ReplyError(request, error, $"{request.Type} of {request.Length} bytes at {request.Offset} is refused.", _replies, offset: null);
}
