using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <content>READ of any length, in pieces that fit the buffer of replies.</content>
internal sealed partial class RequestExecutor
{
    // The disk is looked at in aligned cells of this size: a cell of zeros is sent as a hole.
    private const int HoleCellBytes = 4096;

    // A part of a cell at either end of a request has to be this long to become a hole; a shorter one is sent as data.
    private const int HoleBytesMin = 512;

    private void Read(in RequestHeader request, ReplyBuffer replies)
    {
        if (_structured && !request.Has(CommandFlags.DontFragment))
        {
            ReadInChunks(request, replies);
        }
        else if (request.Length <= ReplyBuffer.PieceBytes)
        {
            ReadWhole(request, replies);
        }
        else
        {
            ReadStreaming(request, replies);
        }
    }

    // Chunk after chunk, each sent before the next is read: memory does not grow with the request.
    private void ReadInChunks(in RequestHeader request, ReplyBuffer replies)
    {
        long offset = (long)request.Offset;
        long end = offset + request.Length;
        while (offset < end)
        {
            int length = (int)Math.Min(ReplyBuffer.PieceBytes, end - offset);
            Span<byte> piece = replies.Reserve(ReplyCodec.DataChunkBytes + length + ReplyCodec.HoleChunkBytes);
            try
            {
                _disk.Read(offset, piece.Slice(ReplyCodec.DataChunkBytes, length));
            }
            catch (Exception e)
            {
                ReplyError(request, ErrorNumbers.Of(e), e.Message, replies, offset);
                return;
            }

            replies.Commit(SplitHoles(piece, request.Cookie, offset, length, isLast: offset + length == end));
            offset += length;
        }
    }

    /// <summary>
    /// Turns data into chunks of data and holes, in place; the data lie where the content of a single data chunk would be. What is
    /// written never overtakes what is still to be looked at: each hole gives back at least <see cref="HoleBytesMin"/> bytes, and the
    /// heads for it take 60.
    /// </summary>
    /// <returns>How many bytes the chunks take.</returns>
    private static int SplitHoles(Span<byte> piece, ulong cookie, long offset, int length, bool isLast)
    {
        Span<byte> data = piece.Slice(ReplyCodec.DataChunkBytes, length);
        int written = 0;
        for (int at = 0; at < length;)
        {
            bool isHole = IsHole(data, offset, at, out int end);
            while (end < length && IsHole(data, offset, end, out int next) == isHole)
            {
                end = next;
            }

            int run = end - at;
            bool ends = isLast && end == length;
            if (isHole)
            {
                ReplyCodec.WriteHoleChunk(piece[written..], cookie, offset + at, run, ends);
                written += ReplyCodec.HoleChunkBytes;
            }
            else
            {
                Span<byte> content = piece.Slice(written + ReplyCodec.DataChunkBytes, run);
                if (written > 0)
                {
                    data.Slice(at, run).CopyTo(content);
                }

                ReplyCodec.WriteDataChunk(piece[written..], cookie, offset + at, run, ends);
                written += ReplyCodec.DataChunkBytes + run;
            }

            at = end;
        }

        return written;
    }

    // Looks from a byte to the end of its cell.
    private static bool IsHole(ReadOnlySpan<byte> data, long offset, int at, out int end)
    {
        end = (int)Math.Min(data.Length, at + HoleCellBytes - ((offset + at) & (HoleCellBytes - 1)));
        return end - at >= HoleBytesMin && BlockDiffer.IsZero(data[at..end]);
    }

    // One head and all the bytes.
    private void ReadWhole(in RequestHeader request, ReplyBuffer replies) => TryBegin(request, (int)request.Length, replies);

    // One head and more bytes than fit the buffer, so the head is sent before the last byte is read. No other thread sends until the end.
    private void ReadStreaming(in RequestHeader request, ReplyBuffer replies)
    {
        lock (replies.Sending)
        {
            replies.Send();
            if (TryBegin(request, ReplyBuffer.PieceBytes, replies))
            {
                replies.Send();
                EndStream(request, StreamRest(request, replies), replies);
            }
        }
    }

    /// <summary>Reads the first bytes, then answers with the head and them, or with an error when they could not be read.</summary>
    /// <returns>Whether they could.</returns>
    private bool TryBegin(in RequestHeader request, int length, ReplyBuffer replies)
    {
        int head = _structured ? ReplyCodec.DataChunkBytes : ReplyCodec.SimpleBytes;
        Span<byte> target = replies.Reserve(head + length);
        try
        {
            _disk.Read((long)request.Offset, target[head..]);
        }
        catch (Exception e)
        {
            ReplyError(request, e, replies);
            return false;
        }

        WriteReadHead(target, request, isLast: request.Length == length);
        replies.Commit(head + length);
        return true;
    }

    /// <summary>Sends the bytes after the first piece. After a failure they are zeros, since the chunk that was begun has to be filled.</summary>
    /// <returns>The failure; null when there was none.</returns>
    private ReadFailure? StreamRest(in RequestHeader request, ReplyBuffer replies)
    {
        ReadFailure? failure = null;
        long end = (long)request.Offset + request.Length;
        for (long offset = (long)request.Offset + ReplyBuffer.PieceBytes; offset < end; offset += ReplyBuffer.PieceBytes)
        {
            Span<byte> content = replies.Reserve((int)Math.Min(ReplyBuffer.PieceBytes, end - offset));
            failure ??= TryRead(offset, content);
            if (failure is not null)
            {
                content.Clear();
            }

            replies.Commit(content.Length);
            replies.Send();
        }

        return failure;
    }

    // Null when it could be read. A simple reply cannot tell of a failure once its head was sent, so the connection is cut.
    private ReadFailure? TryRead(long offset, Span<byte> content)
    {
        try
        {
            _disk.Read(offset, content);
            return null;
        }
        catch (Exception e)
        {
            return _structured ? new ReadFailure(e, offset) : throw CutLine(e);
        }
    }

    private void EndStream(in RequestHeader request, ReadFailure? failure, ReplyBuffer replies)
    {
        if (failure is { } known)
        {
            ReplyError(request, ErrorNumbers.Of(known.Cause), known.Cause.Message, replies, known.Offset);
        }
        else if (_structured)
        {
            ReplyCodec.WriteChunk(replies.Reserve(ReplyCodec.ChunkBytes), request.Cookie, ChunkType.None, 0, isLast: true);
            replies.Commit(ReplyCodec.ChunkBytes);
        }
    }

    // Called while the lock is held: anything that another thread sent now would be taken for the missing content.
    private ConnectionLostException CutLine(Exception cause)
    {
        var lost = new ConnectionLostException("A read failed after the head of its reply was sent.", cause);
        fail(lost);
        return lost;
    }

    private void WriteReadHead(Span<byte> target, in RequestHeader request, bool isLast)
    {
        if (_structured)
        {
            ReplyCodec.WriteDataChunk(target, request.Cookie, (long)request.Offset, (int)request.Length, isLast);
        }
        else
        {
            ReplyCodec.WriteSimple(target, request.Cookie, NbdError.None);
        }
    }

    private readonly record struct ReadFailure(Exception Cause, long Offset);
}
