namespace BlockSnap.Log;

/// <content>The half of the writer that talks to the device, under the device lock.</content>
internal sealed partial class LogWriter
{
    /// <summary>Hands every closed batch to the device, in log order. No lock held.</summary>
    public void WriteOut()
    {
        lock (_device)
        {
            Guarded(WritePending);
        }
    }

    /// <summary>
    /// Makes everything appended before the call durable: closes the batch, writes what is pending, flushes the files, then the names of
    /// new ones. Whoever holds the device lock does it for all that wait behind (group commit). No lock held.
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

            need = _batchAt >= 0 ? _nextSequence : _nextSequence - 1;
        }

        lock (_device)
        {
            using (_gate.Enter())
            {
                ThrowIfFaulted();
                if (DurableSequence >= need && !_headerPending)
                {
                    return;
                }

                CloseBatch();
                _headerPending = false;
            }

            Guarded(() =>
            {
                WritePending();
                SyncFiles();
            });
        }
    }

    /// <summary>
    /// Flushes the files of segments that are full and wholly written, without keeping anybody from writing meanwhile: what a checkpoint
    /// does first, so that its own flush has little left to wait for. It acknowledges nothing. No lock held.
    /// </summary>
    public void FlushSealed()
    {
        List<(SegmentFile File, IDeviceFile Handle)> full = [];
        lock (_device)
        {
            using (_gate.Enter())
            {
                ThrowIfFaulted();
                foreach (SegmentFile file in _unsynced)
                {
                    if (!_pending.Any(chunk => chunk.File == file))
                    {
                        full.Add((file, _files.Pin(file)));
                    }
                }
            }
        }

        try
        {
            foreach ((_, IDeviceFile handle) in full)
            {
                handle.Flush();
            }
        }
        catch (Exception e)
        {
            Fault(e);
            throw new PoolFaultedException(e);
        }
        finally
        {
            lock (_device)
            {
                foreach ((SegmentFile file, _) in full)
                {
                    file.Unpin();
                    if (!IsFaulted && _unsynced.Remove(file))
                    {
                        file.Unsynced = false;
                    }
                }
            }
        }
    }

    private void WritePending()
    {
        while (true)
        {
            LogChunk chunk;
            int from;
            int to;
            long sequence;
            IDeviceFile file;
            using (_gate.Enter())
            {
                if (!TryNext(out LogChunk? next))
                {
                    return;
                }

                chunk = next!;
                from = chunk.Written;
                to = chunk.Closed;
                sequence = chunk.ClosedSequence;
                file = _files.Pin(chunk.File);
                if (!chunk.File.Unsynced)
                {
                    chunk.File.Unsynced = true; // which also keeps its handle open until it is flushed
                    _unsynced.Add(chunk.File);
                }
            }

            file.Write(chunk.FileOffset + from, chunk.Bytes[from..to]);
            chunk.File.Unpin();
            using (_gate.Enter())
            {
                chunk.Written = to;
                _writtenSequence = sequence;
                _pendingBytes -= to - from;
                Retire();
            }
        }
    }

    private bool TryNext(out LogChunk? next)
    {
        foreach (LogChunk chunk in _pending)
        {
            if (chunk.Closed > chunk.Written)
            {
                next = chunk;
                return true;
            }
        }

        next = null;
        return false;
    }

    // Drops chunks that are wholly on the device from the front of the queue.
    private void Retire()
    {
        while (_pending.TryPeek(out LogChunk? first) && first.Sealed && first.Written == first.Used)
        {
            _pending.Dequeue();
            _idle.Push(first);
        }

        _pendingFloor = _pending.TryPeek(out LogChunk? oldest) ? FloorOf(oldest) : ulong.MaxValue;
    }

    private void SyncFiles()
    {
        long written = _writtenSequence;
        foreach (SegmentFile file in _unsynced)
        {
            file.Handle!.Flush();
            file.Unsynced = false;
        }

        _unsynced.Clear();
        bool names;
        using (_gate.Enter())
        {
            names = _files.NamesChanged;
            _files.NamesChanged = false;
        }

        if (names)
        {
            _storage.FlushNames();
        }

        Volatile.Write(ref _durableSequence, written);
    }

    private void Guarded(Action work)
    {
        using (_gate.Enter())
        {
            ThrowIfFaulted();
        }

        try
        {
            work();
        }
        catch (Exception e) when (e is not PoolFaultedException)
        {
            Fault(e);
            throw new PoolFaultedException(e);
        }
    }
}
