using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <summary>Blocks of a read that follow each other on the device as they do on the disk.</summary>
/// <param name="Place">Where the first one lies.</param>
/// <param name="First">Its number in the step.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct BlockRun(BlockPlace Place, int First, int Count)
{
    /// <summary>The number of the block behind it.</summary>
    public int End => First + Count;

    /// <summary>Its bytes in memory, if its file is mapped; else nothing.</summary>
    public ReadOnlySpan<byte> View(BlockSize blockSize) => Place.Handle.View(Place.Offset, Count << blockSize.Log2);

    /// <summary>Whether there are any.</summary>
    public bool IsMapped(BlockSize blockSize) => !View(blockSize).IsEmpty;

    /// <summary>Where its bytes go in the step's buffer.</summary>
    public Span<byte> Of(Span<byte> buffer, BlockSize blockSize) => buffer.Slice(First << blockSize.Log2, Count << blockSize.Log2);

    /// <inheritdoc cref="Of(Span{byte}, BlockSize)"/>
    public Memory<byte> Of(Memory<byte> buffer, BlockSize blockSize) => buffer.Slice(First << blockSize.Log2, Count << blockSize.Log2);
}
