namespace BlockSnap.Nbd.Protocol;

/// <summary>Kinds of chunks of a structured reply. Those with the top bit are errors.</summary>
internal enum ChunkType : ushort
{
    None = 0,
    OffsetData = 1,
    OffsetHole = 2,
    BlockStatus = 5,
    Error = 0x8001,
    ErrorOffset = 0x8002,
}
