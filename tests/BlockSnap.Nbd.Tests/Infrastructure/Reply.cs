using System.Buffers.Binary;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>A reply put together from its chunks.</summary>
internal sealed class Reply
{
    public ulong Cookie { get; set; }

    public NbdError Error { get; set; }

    public byte[] Data { get; set; } = [];

    public List<ChunkType> Chunks { get; } = [];

    /// <summary>Length and flags of each extent, by context id.</summary>
    public Dictionary<uint, List<(uint Length, uint Flags)>> Extents { get; } = [];

    public void Add(ChunkType type, byte[] payload, ulong requestOffset)
    {
        Chunks.Add(type);
        switch (type)
        {
            case ChunkType.OffsetData:
                payload.AsSpan(8).CopyTo(Data.AsSpan(Place(payload, requestOffset)));
                break;
            case ChunkType.OffsetHole:
                Data.AsSpan(Place(payload, requestOffset), BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(8))).Clear();
                break;
            case ChunkType.BlockStatus:
                var extents = new List<(uint, uint)>();
                for (int at = 4; at < payload.Length; at += 8)
                {
                    extents.Add((BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at)), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 4))));
                }

                Extents.Add(BinaryPrimitives.ReadUInt32BigEndian(payload), extents);
                break;
            case ChunkType.Error or ChunkType.ErrorOffset:
                Error = (NbdError)BinaryPrimitives.ReadUInt32BigEndian(payload);
                break;
            default:
                break;
        }
    }

    private static int Place(byte[] payload, ulong requestOffset) => (int)(BinaryPrimitives.ReadUInt64BigEndian(payload) - requestOffset);
}
