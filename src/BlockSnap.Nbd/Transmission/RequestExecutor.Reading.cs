using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <content>READ, in pieces that fit the buffer of replies, whatever its length.</content>
internal sealed partial class RequestExecutor
{
    // Zeros are told as holes in cells of so many bytes, by their place on the disk; shorter ones are sent as data.
    private const int HoleCellBytes = 4096;
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
    /// Turns data, which lie where the first data chunk's content has to be, into chunks of data and holes, in place. What is written
    /// never runs into what is still to be looked at: each hole gives back at least <see cref="HoleBytesMin"/> bytes, the heads take 60.
    /// </summary>
    /// <returns>The bytes that the chunks take.</returns>
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

    // Looks at the cell that a byte lies in, from there on.
    private static bool IsHole(ReadOnlySpan<byte> data, long offset, int at, out int end)
    {
        end = (int)Math.Min(data.Length, at + HoleCellBytes - ((offset + at) & (HoleCellBytes - 1)));
        return end - at >= HoleBytesMin && BlockDiffer.IsZero(data[at..end]);
    }

    // One head and all the bytes.
    private void ReadWhole(in RequestHeader request, ReplyBuffer replies) => TryBegin(request, (int)request.Length, replies);

    // One head and more bytes than fit: the head is said before the last byte is read. The connection's turn is kept until the end.
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

    /// <summary>Answers with the head and the first bytes, read before anything is said; with an error when they cannot be read.</summary>
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

    /// <summary>Sends the bytes behind the first piece. From a failure on they are zeros, since the chunk has to be ended.</summary>
    /// <returns>The failure.</returns>
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

    // Null when it could be read. A simple reply has no way to tell a failure behind its head.
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

    // Cut while the turn is kept: what another thread sent now would be taken for the content that is missing.
    private ConnectionLostException CutLine(Exception cause)
    {
        var lost = new ConnectionLostException("A read failed behind its head.", cause);
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
