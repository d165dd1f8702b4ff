using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <summary>Blocks of a read that follow each other on the device as they do on the disk.</summary>
/// <param name="Place">Where the first one lies.</param>
/// <param name="First">Its number in the step.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct BlockRun(BlockPlace Place, int First, int Count)
{
    /// <summary>The number, in the step, of the block behind the run.</summary>
    public int End => First + Count;

    /// <summary>The run's bytes in the mapping of its file; empty when the file is not mapped.</summary>
    public ReadOnlySpan<byte> View(BlockSize blockSize) => Place.Handle.View(Place.Offset, Count << blockSize.Log2);

    /// <summary>Whether <see cref="View"/> gives them.</summary>
    public bool IsMapped(BlockSize blockSize) => !View(blockSize).IsEmpty;

    /// <summary>The part of the step's buffer that the run fills.</summary>
    public Span<byte> Of(Span<byte> buffer, BlockSize blockSize) => buffer.Slice(First << blockSize.Log2, Count << blockSize.Log2);

    /// <inheritdoc cref="Of(Span{byte}, BlockSize)"/>
    public Memory<byte> Of(Memory<byte> buffer, BlockSize blockSize) => buffer.Slice(First << blockSize.Log2, Count << blockSize.Log2);
}
