using System.Buffers.Binary;
using System.Security.Cryptography;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class RequestExecutorTests
{
    // It read to the end, 4 GiB for each of 20 requests, while a stop or a rollback waited for a client that had been cut off.
    [Fact]
    public async Task Cache_OfAConnectionThatIsAborted_ReadsNoMore()
    {
        const uint Length = 4 << 20;
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        (await pool.CreateDiskAsync("disk", Length)).Dispose();
        using var aborted = new CancellationTokenSource();
        int reads = 0;
        byte[] request = ScriptedSession.Request(CommandType.Cache, 0, Length);
        var script = new Queue<byte[]>([request, request]);

        ScriptedSession.Run(
            pool,
            () =>
            {
                SpinWait.SpinUntil(() => script.Count == 2 || aborted.IsCancellationRequested);
                return script.TryDequeue(out byte[]? bytes) ? bytes : default;
            },
            reading: _ =>
            {
                Interlocked.Increment(ref reads);
                aborted.Cancel();
            },
            aborted: aborted.Token);

        Assert.Equal(1, reads);
    }

    // The reply of a flush that waited for its turn was sent where the client expected the rest of the content, and was taken for it.
    [Fact]
    public async Task Read_ThatFailsBehindItsSimpleHead_CutsTheLineBeforeAnotherReplyIsSent()
    {
        const uint Length = 2 << 20;
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        (await pool.CreateDiskAsync("disk", Length)).Dispose();
        using var reads = new ManualResetEventSlim();
        using var flushes = new ManualResetEventSlim();
        using var sentMore = new ManualResetEventSlim();
        bool isCut = false;
        int sentBytes = 0;
        var script = new Queue<byte[]>([[.. ScriptedSession.Request(CommandType.Read, 0, Length), .. ScriptedSession.Request(CommandType.Flush)]]);

        ScriptedSession.Run(
            pool,
            () => script.TryDequeue(out byte[]? bytes) ? bytes : default,
            flushed: () =>
            {
                reads.Wait(NbdClient.LimitMilliseconds);
                flushes.Set();
            },
            structured: false,
            reading: offset =>
            {
                reads.Set();
                if (offset > 0)
                {
                    flushes.Wait(NbdClient.LimitMilliseconds);
                    throw new IOException("the device failed");
                }
            },
            sent: bytes =>
            {
                if (isCut)
                {
                    throw new IOException("the line is cut");
                }

                sentBytes += bytes.Length;
                if (bytes.Length == ReplyCodec.SimpleBytes)
                {
                    sentMore.Set();
                }
            },
            fail: _ =>
            {
                sentMore.Wait(TimeSpan.FromSeconds(1)); // long enough for whoever waits for its turn, and has it
                isCut = true;
            });

        Assert.Equal(ReplyCodec.SimpleBytes + ReplyBuffer.PieceBytes, sentBytes);
    }

    // The chunk that was begun has to be filled. What lay in the buffer before is nothing that the client asked for.
    [Fact]
    public async Task Read_ThatFailsBehindItsStructuredHead_FillsTheRestWithZerosAndTellsWhereItFailed()
    {
        const int Length = 2 << 20;
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        using IDisk disk = await pool.CreateDiskAsync("disk", Length);
        byte[] data = RandomNumberGenerator.GetBytes(Length);
        disk.Write(0, data);
        var script = new Queue<byte[]>([ScriptedSession.Request(CommandType.Read, 0, Length, CommandFlags.DontFragment)]);
        var sent = new List<byte>();

        ScriptedSession.Run(
            pool,
            () => script.TryDequeue(out byte[]? bytes) ? bytes : default,
            reading: offset =>
            {
                if (offset > 0)
                {
                    throw new IOException("the device failed");
                }
            },
            sent: bytes => sent.AddRange(bytes.Span));

        byte[] reply = [.. sent];
        ReadOnlySpan<byte> content = reply.AsSpan(ReplyCodec.DataChunkBytes, Length);
        Assert.Equal(data[..ReplyBuffer.PieceBytes], content[..ReplyBuffer.PieceBytes].ToArray());
        Assert.True(BlockDiffer.IsZero(content[ReplyBuffer.PieceBytes..]));
        ReadOnlySpan<byte> error = reply.AsSpan(ReplyCodec.DataChunkBytes + Length);
        Assert.Equal((ushort)ChunkType.ErrorOffset, BinaryPrimitives.ReadUInt16BigEndian(error[6..]));
        Assert.Equal(ReplyBuffer.PieceBytes, BinaryPrimitives.ReadInt64BigEndian(error[^8..]));
    }
}
