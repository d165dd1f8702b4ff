namespace BlockSnap.Log;

/// <content>The half of the writer that talks to the device, under the device lock.</content>
internal sealed partial class LogWriter
{
    /// <summary>
    /// Hands the full chunks to the device, in log order, each in one piece. No lock held. A write that the device has no space for has failed
    /// nothing: its bytes stay in the buffer, and the next call writes the whole of it again.
    /// </summary>
    /// <exception cref="PoolFullException">The device has no space, and the reserve is used up.</exception>
    public void WriteOut() => Write(onlyFull: true);

    /// <summary>
    /// Makes everything appended before the call durable: closes the batch, writes what is pending, flushes the files, then the names of
    /// new ones. Whoever holds the flush lock does it for all that wait behind (group commit). No lock held.
    /// </summary>
    public void Flush()
    {
        long need;
        using (_gate.Enter())
        {
            ThrowIfFaulted();
            if (IsDurable)
            {
                return;
            }

            need = _batchAt >= 0 ? _nextSequence : _lastSequence;
        }

        lock (_flush)
        {
            long headers;
            long appended;
            using (_gate.Enter())
            {
                ThrowIfFaulted();
                if (DurableSequence >= need && _durableHeaders == _headers)
                {
                    return;
                }

                CloseBatch();
                headers = _headers;
                appended = AppendedBytes;
            }

            Write(onlyFull: false);
            FlushFiles();
            Volatile.Write(ref _durableHeaders, headers);
            CallDurable(appended);
        }
    }

    /// <summary>
    /// Makes durable what lies before a position, at which no batch is open, and little more: what a fast writer appended behind it
    /// meanwhile is not waited for. No lock held.
    /// </summary>
    public void FlushTo(LogPosition position)
    {
        lock (_flush)
        {
            using (_gate.Enter())
            {
                ThrowIfFaulted();
                if (DurableSequence >= position.Sequence - 1 && _durableHeaders == _headers)
                {
                    return;
                }
            }

            Write(onlyFull: false);
            FlushFiles(position);
        }
    }

    // The next batch calls durable what was flushed. After a long flush it may be far away, and an opening after a kill would read all of that,
    // prove it and write it again. So an empty one follows. Nobody waits for it, and it never takes the room that bookkeeping has in a full pool.
    private void CallDurable(long appended)
    {
        using (_gate.Enter())
        {
            _durableBytes = appended;
            bool isNeeded = _batchAt < 0 && appended - _provenBytes >= _segmentBytes / ProofsPerSegment;
            if (!isNeeded || _ended || RoomInSegment < PageBytes || !IsReserveFilled())
            {
                return;
            }

            MakeRoom(0, 0, bookkeeping: true);
            CloseBatch();
        }

        try
        {
            Write(onlyFull: false);
        }
        catch (PoolFullException)
        {
            // What was asked for is durable. The batch stays in the buffer, and the next flush writes it.
        }
    }

    // Space for a segment was allocated with it, so this is for devices where that promises nothing.
    private bool GiveUpSpace()
    {
        using (_gate.Enter())
        {
            _files.IsDeviceFull = true;
            return _files.TryGiveUp();
        }
    }

    // Hands closed batches to the device: all of them, or those of full chunks.
    private void Write(bool onlyFull)
    {
        lock (_device)
        {
            PendingWrite write;
            using (_gate.Enter())
            {
                ThrowIfFaulted();
                write = NextWrite(onlyFull);
            }

            try
            {
                while (write.Chunk is not null)
                {
                    YieldingWrite.Run(write.File!, write.Chunk.FileOffset + write.From, write.Chunk.Bytes[write.From..write.To], _giveUpSpace);
                    using (_gate.Enter())
                    {
                        Complete(write);
                        write = NextWrite(onlyFull);
                    }
                }
            }
            catch (Exception e) when (e is not (PoolFaultedException or PoolFullException))
            {
                throw Faulted(e);
            }
        }
    }

    private PendingWrite NextWrite(bool onlyFull)
    {
        foreach (LogChunk chunk in _pending)
        {
            if (chunk.Closed > chunk.Written && (chunk.Sealed || !onlyFull))
            {
                if (!chunk.File.Unsynced)
                {
                    chunk.File.Unsynced = true; // which also keeps its handle open until it is flushed
                    _unsynced.Add(chunk.File);
                }

                return new PendingWrite(chunk, chunk.File.Handle, chunk.Written, chunk.Closed, chunk.ClosedSequence);
            }
        }

        return default;
    }

    private void Complete(in PendingWrite write)
    {
        _files.IsDeviceFull = false;
        write.Chunk!.Written = write.To;
        _writtenSequence = write.Sequence;
        _pendingBytes -= write.To - write.From;
        Retire();
    }

    // Drops chunks that are wholly on the device from the front of the queue.
    private void Retire()
    {
        while (_pending.TryPeek(out LogChunk? first) && first.Sealed && first.Written == first.Used)
        {
            _pending.Dequeue();
            first.File.Unpin();
            _idle.Push(first);
        }

        _pendingFloor = _pending.TryPeek(out LogChunk? oldest) ? FloorOf(oldest) : ulong.MaxValue;
    }

    // Under the flush lock, not the device lock: writing goes on meanwhile, and what it writes is the next flush's.
    private void FlushFiles(LogPosition? upTo = null)
    {
        long durable;
        bool names;
        lock (_device)
        {
            // The files are in log order: those behind the position's file hold nothing that lies before it.
            int last = upTo is { } position ? _unsynced.FindIndex(file => file.Number == position.File) : -1;
            int count = last < 0 ? _unsynced.Count : last + 1;
            foreach (SegmentFile file in _unsynced[..count])
            {
                file.AddPin(); // the handle stays open
                file.Unsynced = false;
                _flushing.Add(file);
            }

            durable = count == _unsynced.Count ? _writtenSequence : upTo!.Value.Sequence - 1;
            _unsynced.RemoveRange(0, count);
            using (_gate.Enter())
            {
                names = _files.NamesChanged;
                _files.NamesChanged = false;
            }
        }

        try
        {
            Interlocked.Increment(ref _flushes);
            if (_flushing.Count > 1)
            {
                foreach (SegmentFile file in _flushing)
                {
                    file.Handle!.BeginFlush(); // so that the device is not idle between one file and the next
                }
            }

            foreach (SegmentFile file in _flushing)
            {
                file.Handle!.Flush();
            }

            if (names)
            {
                _storage.FlushNames();
            }
        }
        catch (Exception e)
        {
            throw Faulted(e);
        }
        finally
        {
            foreach (SegmentFile file in _flushing)
            {
                file.Unpin();
            }

            _flushing.Clear();
        }

        Volatile.Write(ref _durableSequence, Math.Max(durable, _durableSequence));
    }

    private PoolFaultedException Faulted(Exception cause)
    {
        Fault(cause);
        return new PoolFaultedException(cause);
    }

    // Closed batches of a chunk on their way to the device; without a chunk when there are none.
    private readonly record struct PendingWrite(LogChunk? Chunk, IDeviceFile? File, int From, int To, long Sequence);
}
