using System.Buffers;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Replies of one thread on their way to the client: collected, and sent together. What is sent at once arrives in one piece; threads of
/// one connection take turns by its lock, so only whole replies and whole chunks may be in the buffer when it is sent.
/// </summary>
internal sealed class ReplyBuffer(Stream stream, Lock sending) : IDisposable
{
    /// <summary>The most bytes of content in one piece.</summary>
    public const int PieceBytes = 512 << 10;

    /// <summary>The most that can be reserved: a piece, and the heads around it.</summary>
    private const int Capacity = PieceBytes + (8 << 10);

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _used;

    /// <summary>Held while a reply is sent that is longer than the buffer.</summary>
    public Lock Sending => sending;

    /// <summary>Room for so many bytes; what is in the buffer is sent first when there is none.</summary>
    /// <exception cref="ConnectionLostException">The client is gone.</exception>
    public Span<byte> Reserve(int count)
    {
        if (_used + count > _bytes.Length)
        {
            Send();
        }

        return _bytes.AsSpan(_used, count);
    }

    /// <summary>Adds the first bytes of what was reserved.</summary>
    public void Commit(int count) => _used += count;

    /// <summary>Sends what was committed; waits while the client does not read.</summary>
    /// <exception cref="ConnectionLostException">The client is gone.</exception>
    public void Send()
    {
        if (_used == 0)
        {
            return;
        }

        try
        {
            lock (sending)
            {
                stream.Write(_bytes.AsSpan(0, _used));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new ConnectionLostException("Sending failed.", e);
        }

        _used = 0;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
