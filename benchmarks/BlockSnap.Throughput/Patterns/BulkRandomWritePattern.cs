namespace BlockSnap.Throughput.Patterns;

/// <summary>
/// A fixed number of 4 KiB writes at random, and one flush if asked for. A round lasts as long as that takes. Each warming round writes as much
/// as the target holds, so that all files that the log will use again are in the page cache, like the raw file.
/// </summary>
/// <param name="size">Size of the target in bytes.</param>
/// <param name="roundBytes">Bytes of a round.</param>
/// <param name="flush">Whether the flush is part of the round.</param>
/// <param name="seed">Seed of offsets and data.</param>
internal sealed class BulkRandomWritePattern(long size, long roundBytes, bool flush, ulong seed) : Pattern
{
    private readonly NoiseBuffer _noise = new(ByteSize.Block, seed);
    private BlockPicker _picker = new(size / ByteSize.Block, seed);

    protected override (long Operations, long Bytes) RunRound(ITarget target, long end)
    {
        long operations = (IsWarming ? target.Size : roundBytes) / ByteSize.Block;
        for (long i = 0; i < operations; i++)
        {
            target.Write(_picker.Next() * ByteSize.Block, _noise.Take());
        }

        if (flush)
        {
            target.Flush();
        }

        return (operations, operations * ByteSize.Block);
    }
}
