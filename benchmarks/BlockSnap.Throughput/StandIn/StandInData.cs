namespace BlockSnap.Throughput.StandIn;

/// <summary>The 255 blocks of data that a <see cref="StandInDevice"/> knows: noise after a mark that nothing else begins with.</summary>
internal static class StandInData
{
    /// <summary>How many different blocks there are; they are numbered from 1.</summary>
    public const int Count = 255;

    private const int MarkBytes = 15;

    private static readonly byte[] Blocks = Make();

    /// <summary>The block of that number.</summary>
    public static ReadOnlySpan<byte> Block(int number) => Blocks.AsSpan(number * ByteSize.Block, ByteSize.Block);

    /// <summary>The number of a block, or 0 when it is none of them.</summary>
    public static byte NumberOf(ReadOnlySpan<byte> block) =>
        block[..MarkBytes].SequenceEqual(Blocks.AsSpan(ByteSize.Block, MarkBytes)) ? block[MarkBytes] : (byte)0;

    /// <summary>Writes a range of a disk with the block of that number, 1 MiB at a time.</summary>
    public static void Fill(IDisk disk, long offset, long length, int number)
    {
        byte[] chunk = new byte[ByteSize.MiB];
        for (int at = 0; at < chunk.Length; at += ByteSize.Block)
        {
            Block(number).CopyTo(chunk.AsSpan(at));
        }

        for (long end = offset + length; offset < end; offset += chunk.Length)
        {
            disk.Write(offset, chunk);
        }
    }

    private static byte[] Make()
    {
        var random = new Random(7);
        byte[] blocks = new byte[(Count + 1) * ByteSize.Block];
        random.NextBytes(blocks);
        for (int number = 2; number <= Count; number++)
        {
            blocks.AsSpan(ByteSize.Block, MarkBytes).CopyTo(blocks.AsSpan(number * ByteSize.Block));
        }

        for (int number = 1; number <= Count; number++)
        {
            blocks[(number * ByteSize.Block) + MarkBytes] = (byte)number;
        }

        return blocks;
    }
}
