namespace BlockSnap.Cli;

/// <summary>A range of bytes. A struct, since there may be many.</summary>
internal readonly record struct RangeFacts(long Offset, long Length);
