using BlockSnap.Format;

namespace BlockSnap.Storage;

/// <summary>Takes the records of the log that came after the last checkpoint, in order, while a store opens.</summary>
internal interface ILogReplay
{
    /// <summary>A data block was written, or a range became a hole.</summary>
    void Replay(in LogRecord record, BlockId id);

    /// <summary>Disks or snapshots changed.</summary>
    void ReplayOperation(ReadOnlySpan<byte> payload);
}
