using System.Buffers;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Bytes that were received and not used yet, in one piece. A receive takes whatever is there, often several requests at once; the only
/// bytes ever copied are those of a message that the buffer's end cut off. For one thread.
/// </summary>
internal sealed class ReceiveBuffer : IDisposable
{
    private readonly Stream _stream;
    private readonly byte[] _bytes;
    private int _start;
    private int _end;

    /// <param name="capacity">The most bytes that <see cref="TryFill"/> can be asked for.</param>
    /// <param name="early">What was received before; the buffer is made large enough for it.</param>
    public ReceiveBuffer(Stream stream, int capacity, ReadOnlySpan<byte> early)
    {
        _stream = stream;
        _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, early.Length));
        early.CopyTo(_bytes);
        _end = early.Length;
    }

    /// <summary>How many bytes are there.</summary>
    public int Available => _end - _start;

    /// <summary>The first bytes. At least so many must be there.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _bytes.AsSpan(_start, count);

    /// <summary>Waits until at least <paramref name="count"/> bytes are there.</summary>
    /// <param name="most">The most bytes to have after receiving; not less than <paramref name="count"/>.</param>
    /// <returns>False when the client ended the connection before that.</returns>
    /// <exception cref="ConnectionLostException">The connection broke.</exception>
    public bool TryFill(int count, int most = int.MaxValue)
    {
        while (Available < count)
        {
            if (Available == 0)
            {
                _start = _end = 0;
            }
            else if (_start + count > _bytes.Length)
            {
                _bytes.AsSpan(_start, Available).CopyTo(_bytes);
                _end -= _start;
                _start = 0;
            }

            int received;
            try
            {
                received = _stream.Read(_bytes.AsSpan(_end, Math.Min(_bytes.Length - _end, most - Available)));
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                throw new ConnectionLostException("Receiving failed.", e);
            }

            if (received == 0)
            {
                return false;
            }

            _end += received;
        }

        return true;
    }

    /// <summary>Marks bytes as used.</summary>
    public void Consume(int count) => _start += count;

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
