namespace BlockSnap.Format;

/// <summary>Walks the records of a proven batch head; a payload is read through <see cref="Payload"/>.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> records)
{
    private readonly ReadOnlySpan<byte> _records = records;
    private int _at;
    private int _next;

    public LogRecord Current { get; private set; }

    /// <summary>The payload of the current record, when it has one.</summary>
    public readonly ReadOnlySpan<byte> Payload => _records.Slice(_at + LogRecord.PayloadAt, Current.PayloadBytes);

    public readonly RecordReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next + LogRecord.Bytes > _records.Length)
        {
            return false;
        }

        _at = _next;
        Current = LogRecord.Decode(_records[_at..]);
        int bytes = LogRecord.Bytes;
        if (Current.HasPayload)
        {
            if (Current.Index < 0 || Current.Index > _records.Length - _at - LogRecord.PayloadAt)
            {
                throw new PoolCorruptedException("log", $"a record with {Current.Index} bytes of payload does not fit into its batch");
            }

            bytes = LogRecord.BytesWith(Current.PayloadBytes);
        }

        _next = _at + bytes;
        return true;
    }
}
