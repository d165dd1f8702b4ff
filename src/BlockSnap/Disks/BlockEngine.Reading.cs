using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <content>Reading.</content>
internal sealed partial class BlockEngine
{
    // Blocks that one device read may take in: so few that they are proven before they leave the processor's near caches.
    private const int RunMax = 32;

    [ThreadStatic]
    private static NodeEntry[]? t_entries;

    private enum StepKind
    {
        /// <summary>The bytes were filled in from memory.</summary>
        Done,

        /// <summary>A node must be loaded first.</summary>
        Missing,

        /// <summary>A run of whole blocks lies in one piece on the device.</summary>
        Blocks,

        /// <summary>A part of one block is wanted; the whole block must be read and proven.</summary>
        Part,
    }

    private readonly record struct Step(StepKind Kind, int Bytes, int Blocks, BlockPlace Place, MissingNode Missing);

    /// <summary>Fills a buffer from a map.</summary>
    public void Read(IVolumeView view, long offset, Span<byte> buffer)
    {
        if (buffer.Length >= SharedRead.BytesMin && Environment.ProcessorCount > 1 && ((offset | (long)buffer.Length) & (view.BlockSize.Bytes - 1)) == 0
            && view.BlockSize.Bytes <= SharedRead.PieceBytes)
        {
            SharedRead.Run(this, view, offset, buffer);
        }
        else
        {
            ReadAlone(view, offset, buffer);
        }
    }

    /// <summary>The same, by the calling thread alone.</summary>
    public void ReadAlone(IVolumeView view, long offset, Span<byte> buffer)
    {
        NodeEntry[] entries = t_entries ??= new NodeEntry[RunMax];
        while (buffer.Length > 0)
        {
            Step step = Next(view, offset, buffer, entries);
            switch (step.Kind)
            {
                case StepKind.Missing:
                    Load(view, step.Missing, offset);
                    continue;
                case StepKind.Blocks:
                    ReadRun(view, offset, step, buffer[..step.Bytes], entries);
                    break;
                case StepKind.Part:
                    ReadPart(view, offset, step, buffer[..step.Bytes], entries[0]);
                    break;
                default:
                    break;
            }

            offset += step.Bytes;
            buffer = buffer[step.Bytes..];
        }
    }

    /// <summary>The asynchronous form: the caller's thread does what memory can answer and waits only for the device.</summary>
    public async ValueTask ReadAsync(IVolumeView view, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        NodeEntry[] entries = ArrayPool<NodeEntry>.Shared.Rent(RunMax);
        try
        {
            while (buffer.Length > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Step step = Next(view, offset, buffer.Span, entries);
                switch (step.Kind)
                {
                    case StepKind.Missing:
                        Load(view, step.Missing, offset);
                        continue;
                    case StepKind.Blocks:
                        int read;
                        try
                        {
                            read = await step.Place.Handle.ReadAsync(step.Place.Offset, buffer[..step.Bytes], cancellationToken).ConfigureAwait(false);
                        }
                        catch (IOException failure) when (failure is not BlockSnapException)
                        {
                            read = ReadAt(view, offset, step.Place, buffer.Span[..step.Bytes]);
                        }
                        finally
                        {
                            step.Place.Release();
                        }

                        Prove(view, offset, step, buffer.Span[..step.Bytes], entries, read);
                        break;
                    case StepKind.Part:
                        ReadPart(view, offset, step, buffer.Span[..step.Bytes], entries[0]);
                        break;
                    default:
                        break;
                }

                offset += step.Bytes;
                buffer = buffer[step.Bytes..];
            }
        }
        finally
        {
            ArrayPool<NodeEntry>.Shared.Return(entries);
        }
    }

    /// <summary>Reads one whole block; returns the entry it was read through.</summary>
    public NodeEntry ReadBlock(IVolumeView view, long index, Span<byte> block)
    {
        NodeEntry[] entries = t_entries ??= new NodeEntry[RunMax];
        long offset = index << view.BlockSize.Log2;
        while (true)
        {
            Step step = Next(view, offset, block, entries);
            switch (step.Kind)
            {
                case StepKind.Missing:
                    Load(view, step.Missing, offset);
                    continue;
                case StepKind.Blocks:
                    NodeEntry entry = entries[0];
                    ReadRun(view, offset, step, block, entries);
                    return entry;
                default:
                    return entries[0];
            }
        }
    }

    // One step of a read, under one hold of the gate: as much as memory can fill in, or one contiguous run on the device.
    // entries[0..Blocks) are those of the blocks the step covers; for steps from memory entries[0] is the last block's.
    private Step Next(IVolumeView view, long offset, Span<byte> buffer, NodeEntry[] entries)
    {
        int blockBytes = view.BlockSize.Bytes;
        long index = offset >> view.BlockSize.Log2;
        int within = (int)(offset & (blockBytes - 1));
        using (_gate.EnterAfterOthers())
        {
            store.ThrowIfClosed();
            int wanted = (int)Math.Min(RunMax, ((long)within + buffer.Length + blockBytes - 1) >> view.BlockSize.Log2);
            int found = map.GetRun(view.Root, index, entries.AsSpan(0, wanted), out MissingNode missing);
            if (found == 0)
            {
                return new Step(StepKind.Missing, 0, 0, default, missing);
            }

            NodeEntry first = entries[0];
            if (first.IsNone)
            {
                int holes = 1;
                while (holes < found && entries[holes].IsNone)
                {
                    holes++;
                }

                int zeros = (int)Math.Min(buffer.Length, ((long)holes << view.BlockSize.Log2) - within);
                buffer[..zeros].Clear();
                return new Step(StepKind.Done, zeros, holes, default, default);
            }

            int part = Math.Min(blockBytes - within, buffer.Length);
            if (store.Log.TryReadPending(first.Id, within, buffer[..part]))
            {
                return new Step(StepKind.Done, part, 1, default, default);
            }

            if (part < blockBytes)
            {
                return new Step(StepKind.Part, part, 1, Locate(view, offset, first.Id), default);
            }

            int whole = Math.Min(found, buffer.Length >> view.BlockSize.Log2);
            int run = 1;
            if (whole > 1)
            {
                int slots = store.SlotsOf(first.Id);
                while (run < whole && Follows(entries[run - 1].Id, entries[run].Id, slots) && !store.Log.IsPending(entries[run].Id))
                {
                    run++;
                }
            }

            return new Step(StepKind.Blocks, run << view.BlockSize.Log2, run, Locate(view, offset, first.Id), default);
        }
    }

    // Gate held.
    private BlockPlace Locate(IVolumeView view, long offset, BlockId id)
    {
        try
        {
            return store.Locate(id);
        }
        catch (Exception e) when (StoredDamage.Is(e))
        {
            throw Unreadable(view, offset, view.BlockSize.Bytes, $"block {id}", e);
        }
    }

    private static bool Follows(BlockId previous, BlockId next, int slots) =>
        next.Segment == previous.Segment && next.Slot == previous.Slot + slots;

    private void ReadRun(IVolumeView view, long offset, in Step step, Span<byte> destination, NodeEntry[] entries)
    {
        int read;
        try
        {
            read = ReadAt(view, offset, step.Place, destination);
        }
        finally
        {
            step.Place.Release();
        }

        Prove(view, offset, step, destination, entries, read);
    }

    private static int ReadAt(IVolumeView view, long offset, in BlockPlace place, Span<byte> destination)
    {
        try
        {
            return place.Read(destination);
        }
        catch (BlockCorruptedException e)
        {
            throw Unreadable(view, offset, destination.Length, "block", e);
        }
    }

    private void ReadPart(IVolumeView view, long offset, in Step step, Span<byte> destination, NodeEntry entry)
    {
        int blockBytes = view.BlockSize.Bytes;
        int within = (int)(offset & (blockBytes - 1));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(blockBytes);
        try
        {
            Span<byte> block = buffer.AsSpan(0, blockBytes);
            ReadRun(view, offset - within, step, block, [entry]);
            block.Slice(within, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Prove(IVolumeView view, long offset, in Step step, ReadOnlySpan<byte> data, NodeEntry[] entries, int read)
    {
        int blockBytes = view.BlockSize.Bytes;
        for (int i = 0; i < step.Blocks; i++)
        {
            ReadOnlySpan<byte> block = data.Slice(i * blockBytes, blockBytes);
            ulong actual = BlockChecksum.Compute(block);
            if (actual != entries[i].Checksum || read < (i + 1) * blockBytes)
            {
                throw new BlockCorruptedException(
                    $"block {entries[i].Id} in {step.Place.Handle.Name}", view.Name, offset + ((long)i * blockBytes), blockBytes, entries[i].Checksum, actual);
            }
        }
    }
}
