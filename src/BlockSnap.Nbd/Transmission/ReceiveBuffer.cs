using System.Buffers;

namespace BlockSnap.Nbd.Transmission;

/// <summary>
/// Bytes that came and were not used yet, in one piece. Of one thread. A receive takes whatever is there, often several requests at
/// once; nothing is copied but the part of a message that was cut off by the buffer's end.
/// </summary>
internal sealed class ReceiveBuffer : IDisposable
{
    private readonly Stream _stream;
    private readonly byte[] _bytes;
    private int _start;
    private int _end;

    /// <param name="capacity">The most bytes that <see cref="TryFill"/> can be asked for.</param>
    /// <param name="early">What came before; it fits.</param>
    public ReceiveBuffer(Stream stream, int capacity, ReadOnlySpan<byte> early)
    {
        _stream = stream;
        _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, early.Length));
        early.CopyTo(_bytes);
        _end = early.Length;
    }

    /// <summary>Bytes that are there.</summary>
    public int Available => _end - _start;

    /// <summary>The first bytes; at least as many were filled.</summary>
    public ReadOnlySpan<byte> Peek(int count) => _bytes.AsSpan(_start, count);

    /// <summary>Waits until so many bytes are there.</summary>
    /// <param name="most">Receives no more than make this many, at least <paramref name="count"/>.</param>
    /// <returns>False when the client ended the connection before.</returns>
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
