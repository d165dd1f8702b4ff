using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Executes the requests that <see cref="RequestRules"/> let pass, and writes the replies. A failure of the disk becomes an error reply;
/// a client that is gone, a <see cref="ConnectionLostException"/>. Thread-safe: every thread brings its own buffer for replies.
/// </summary>
/// <param name="session">What was agreed upon.</param>
/// <param name="fail">Ends the connection: nothing is sent any more.</param>
/// <param name="aborted">Set when the connection was ended by this side: long work stops.</param>
internal sealed partial class RequestExecutor(Negotiated session, Action<Exception> fail, CancellationToken aborted)
{
    // The most extents in one answer. A client that wants more asks again from where they end.
    private const int ExtentCountMax = 8 << 10;

    private const int ErrorTextBytesMax = 1024;

    private readonly IDisk _disk = session.Export.Disk;
    private readonly bool _structured = session.StructuredReplies;

    /// <summary>
    /// Executes and answers any request but WRITE, whose bytes only the receiving thread has, and DISC. With FUA it is durable then.
    /// </summary>
    public void Execute(in RequestHeader request, ReplyBuffer replies)
    {
        if (request.Type == CommandType.Read)
        {
            Read(request, replies);
            return;
        }

        if (request.Type == CommandType.BlockStatus)
        {
            BlockStatus(request, replies);
            return;
        }

        try
        {
            Perform(request);
            if (request.Has(CommandFlags.Fua))
            {
                _disk.Flush();
            }
        }
        catch (Exception e)
        {
            ReplyError(request, e, replies);
            return;
        }

        Acknowledge(request, replies);
    }

    /// <summary>Makes a request durable that was executed already, and answers it.</summary>
    public void Conclude(in RequestHeader request, ReplyBuffer replies)
    {
        try
        {
            _disk.Flush();
        }
        catch (Exception e)
        {
            ReplyError(request, e, replies);
            return;
        }

        Acknowledge(request, replies);
    }

    /// <summary>Answers a request with success and no content.</summary>
    public static void Acknowledge(in RequestHeader request, ReplyBuffer replies)
    {
        ReplyCodec.WriteSimple(replies.Reserve(ReplyCodec.SimpleBytes), request.Cookie, NbdError.None);
        replies.Commit(ReplyCodec.SimpleBytes);
    }

    public void ReplyError(in RequestHeader request, Exception failure, ReplyBuffer replies) =>
        ReplyError(request, ErrorNumbers.Of(failure), failure.Message, replies, offset: null);

    /// <param name="text">For people; sent only where structured replies were agreed upon.</param>
    /// <param name="offset">Up to where on the disk the content already sent is good; null when none was sent.</param>
    public void ReplyError(in RequestHeader request, NbdError error, string text, ReplyBuffer replies, long? offset)
    {
        if (!_structured)
        {
            ReplyCodec.WriteSimple(replies.Reserve(ReplyCodec.SimpleBytes), request.Cookie, error);
            replies.Commit(ReplyCodec.SimpleBytes);
            return;
        }

        Span<byte> bytes = stackalloc byte[ErrorTextBytesMax];
        Utf8.FromUtf16(text, bytes, out _, out int textBytes); // as much as fits, in whole characters
        Span<byte> target = replies.Reserve(ReplyCodec.ErrorChunkBytes + textBytes);
        replies.Commit(ReplyCodec.WriteErrorChunk(target, request.Cookie, error, bytes[..textBytes], offset));
    }

    // Makes nothing durable but what FLUSH asks for, and sends no reply.
    private void Perform(in RequestHeader request)
    {
        switch (request.Type)
        {
            case CommandType.Flush:
                _disk.Flush();
                break;
            case CommandType.Trim:
                _disk.Discard((long)request.Offset, request.Length);
                break;
            case CommandType.WriteZeroes:
                // Zeros are never stored, so this always is fast enough for FAST_ZERO. NO_HOLE changes nothing: a later write takes new
                // space whether there is a hole or not.
                _disk.WriteZeroes((long)request.Offset, request.Length);
                break;
            case CommandType.Cache:
                Prefetch((long)request.Offset, request.Length);
                break;
            default:
                throw new InvalidOperationException($"No execution for {request.Type}.");
        }
    }

    // Reads for the system's cache alone: the bytes are dropped.
    private void Prefetch(long offset, long length)
    {
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ReplyBuffer.PieceBytes);
        try
        {
            for (long end = offset + length; offset < end && !aborted.IsCancellationRequested; offset += ReplyBuffer.PieceBytes)
            {
                _disk.Read(offset, scratch.AsSpan(0, (int)Math.Min(ReplyBuffer.PieceBytes, end - offset)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private void BlockStatus(in RequestHeader request, ReplyBuffer replies)
    {
        int extentsMax = request.Has(CommandFlags.RequestOne) ? 1 : ExtentCountMax;
        var range = new ByteRange((long)request.Offset, request.Length);
        for (int id = 0; id < session.Contexts.Count; id++)
        {
            IReadOnlyList<StatusExtent> extents;
            try
            {
                extents = session.Contexts[id].Describe(range, extentsMax);
            }
            catch (Exception e)
            {
                ReplyError(request, e, replies);
                return;
            }

            WriteExtents(request, id, extents, isLast: id == session.Contexts.Count - 1, replies);
        }
    }

    private static void WriteExtents(in RequestHeader request, int contextId, IReadOnlyList<StatusExtent> extents, bool isLast, ReplyBuffer replies)
    {
        const int ExtentBytes = 2 * sizeof(uint);
        int payloadBytes = sizeof(uint) + (extents.Count * ExtentBytes);
        Span<byte> target = replies.Reserve(ReplyCodec.ChunkBytes + payloadBytes);
        ReplyCodec.WriteChunk(target, request.Cookie, ChunkType.BlockStatus, payloadBytes, isLast);
        target = target[ReplyCodec.ChunkBytes..];
        BinaryPrimitives.WriteInt32BigEndian(target, contextId);
        target = target[sizeof(uint)..];
        foreach (StatusExtent extent in extents)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, (uint)extent.Length);
            BinaryPrimitives.WriteUInt32BigEndian(target[sizeof(uint)..], extent.Flags);
            target = target[ExtentBytes..];
        }

        replies.Commit(ReplyCodec.ChunkBytes + payloadBytes);
    }
}
