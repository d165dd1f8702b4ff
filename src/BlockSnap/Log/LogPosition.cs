namespace BlockSnap.Log;

/// <summary>A place in the log: where the batch with a sequence number begins.</summary>
/// <param name="Segment">The segment's number; 0 before the first one.</param>
/// <param name="File">The file it lies in.</param>
/// <param name="Offset">The offset in the file.</param>
/// <param name="Sequence">The batch's sequence number.</param>
internal readonly record struct LogPosition(long Segment, int File, int Offset, long Sequence);
