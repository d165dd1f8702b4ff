namespace BlockSnap.Testing;

/// <summary>The bytes of a file, which several objects can share: they are copied when one of those changes them. Not thread-safe.</summary>
internal sealed class SharedBytes
{
    private Content _content;
    private bool _isShared;

    public SharedBytes()
        : this(new Content([]), isShared: false)
    {
    }

    private SharedBytes(Content content, bool isShared)
    {
        _content = content;
        _isShared = isShared;
    }

    public ReadOnlySpan<byte> Span => _content.Bytes;

    public int Length => _content.Bytes.Length;

    /// <summary>The checksum of the bytes, computed once for all objects that share them.</summary>
    public ulong Checksum => _content.Checksum ??= BlockChecksum.Compute(_content.Bytes);

    public static SharedBytes Of(byte[] bytes) => new(new Content(bytes), isShared: false);

    /// <summary>Another object with the same bytes.</summary>
    public SharedBytes Share()
    {
        _isShared = true;
        return new SharedBytes(_content, isShared: true);
    }

    /// <summary>Changes the length; what is added is zero.</summary>
    public void Resize(int length)
    {
        byte[] bytes = new byte[length];
        _content.Bytes.AsSpan(0, Math.Min(length, Length)).CopyTo(bytes);
        (_content, _isShared) = (new Content(bytes), false);
    }

    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > Length)
        {
            Resize(offset + source.Length);
        }
        else if (_isShared)
        {
            (_content, _isShared) = (new Content([.. _content.Bytes]), false);
        }

        source.CopyTo(_content.Bytes.AsSpan(offset));
        _content.Checksum = null;
    }

    private sealed class Content(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        // Null until asked for.
        public ulong? Checksum { get; set; }
    }
}
