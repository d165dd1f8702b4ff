using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>A place in the log: where the batch with a sequence number begins.</summary>
/// <param name="Segment">The segment's number; 0 before the first one.</param>
/// <param name="File">The file it lies in.</param>
/// <param name="Offset">The offset in the file.</param>
/// <param name="Sequence">The batch's sequence number.</param>
internal readonly record struct LogPosition(long Segment, int File, int Offset, long Sequence)
{
    /// <summary>Where the next batch begins, behind the one that lies here.</summary>
    public LogPosition Behind(in BatchHeader header) => header.IsLast
        ? new LogPosition(Segment + 1, header.NextFile, SegmentHeader.Bytes, Sequence + 1)
        : this with { Offset = Offset + header.TotalBytes, Sequence = Sequence + 1 };
}
