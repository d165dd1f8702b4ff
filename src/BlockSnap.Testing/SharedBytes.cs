namespace BlockSnap.Testing;

/// <summary>The bytes of a file, copied only when one of those that share them changes them. Not thread-safe.</summary>
internal sealed class SharedBytes
{
    private byte[] _bytes;
    private bool _isShared;

    public SharedBytes()
        : this([], isShared: false)
    {
    }

    private SharedBytes(byte[] bytes, bool isShared)
    {
        _bytes = bytes;
        _isShared = isShared;
    }

    public ReadOnlySpan<byte> Span => _bytes;

    public int Length => _bytes.Length;

    public static SharedBytes Of(byte[] bytes) => new(bytes, isShared: false);

    /// <summary>The same bytes once more.</summary>
    public SharedBytes Share()
    {
        _isShared = true;
        return new SharedBytes(_bytes, isShared: true);
    }

    /// <summary>Cuts or grows; what is added is zero.</summary>
    public void Resize(int length)
    {
        byte[] bytes = new byte[length];
        _bytes.AsSpan(0, Math.Min(length, _bytes.Length)).CopyTo(bytes);
        (_bytes, _isShared) = (bytes, false);
    }

    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > _bytes.Length)
        {
            Resize(offset + source.Length);
        }
        else if (_isShared)
        {
            (_bytes, _isShared) = ([.. _bytes], false);
        }

        source.CopyTo(_bytes.AsSpan(offset));
    }
}
