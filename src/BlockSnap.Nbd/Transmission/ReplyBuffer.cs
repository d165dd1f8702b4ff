using System.Buffers;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Collects the replies of one thread and sends them together. The threads of a connection take turns at sending, so only whole replies
/// and whole chunks may be in the buffer when it is sent, unless the thread keeps <see cref="Sending"/> until the rest is sent too.
/// </summary>
/// <param name="stream">The connection.</param>
/// <param name="sending">The connection's lock, which all of its threads share: held while something is sent.</param>
internal sealed class ReplyBuffer(Stream stream, Lock sending) : IDisposable
{
    /// <summary>The most bytes of content in one piece.</summary>
    public const int PieceBytes = 512 << 10;

    /// <summary>The most that can be reserved: a piece and the heads around it.</summary>
    private const int Capacity = PieceBytes + (8 << 10);

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _used;

    /// <summary>To be held by a thread that sends a reply in several pieces.</summary>
    public Lock Sending => sending;

    /// <summary>Room for so many bytes; when there is too little, what is in the buffer is sent first.</summary>
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
