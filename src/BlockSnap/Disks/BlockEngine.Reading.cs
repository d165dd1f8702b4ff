using System.Buffers;
using BlockSnap.Format;
using BlockSnap.Mapping;
using BlockSnap.Primitives;
using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <content>Reading.</content>
internal sealed partial class BlockEngine
{
    private enum StepKind
    {
        /// <summary>The bytes were filled in from memory.</summary>
        Done,

        /// <summary>A node must be loaded first.</summary>
        Missing,

        /// <summary>Whole blocks lie on the device, in the runs of the plan.</summary>
        Blocks,

        /// <summary>A part of one block is wanted; the whole block must be read and proven, from the plan's only run.</summary>
        Part,
    }

    private readonly record struct Step(StepKind Kind, int Bytes, MissingNode Missing);

    /// <summary>Fills a buffer from a map.</summary>
    public void Read(IVolumeView view, long offset, Span<byte> buffer)
    {
        bool isWholeBlocks = ((offset | (long)buffer.Length) & (view.BlockSize.Bytes - 1)) == 0;
        if (isWholeBlocks && buffer.Length >= SharedRead.BytesMin && view.BlockSize.Bytes <= SharedRead.PieceBytes && Environment.ProcessorCount > 1)
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
        ReadPlan plan = ReadPlan.Rent();
        while (buffer.Length > 0)
        {
            Step step = Next(view, offset, buffer, plan);
            switch (step.Kind)
            {
                case StepKind.Missing:
                    Load(view, step.Missing, offset);
                    continue;
                case StepKind.Blocks:
                    ReadRuns(view, offset, buffer, plan);
                    break;
                case StepKind.Part:
                    ReadPart(view, offset, buffer[..step.Bytes], plan);
                    break;
                default:
                    break;
            }

            offset += step.Bytes;
            buffer = buffer[step.Bytes..];
        }

        plan.Return();
    }

    /// <summary>The asynchronous form: the caller's thread does what memory can answer and waits only for the device.</summary>
    public async ValueTask ReadAsync(IVolumeView view, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ReadPlan plan = ReadPlan.Rent();
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step step = Next(view, offset, buffer.Span, plan);
            switch (step.Kind)
            {
                case StepKind.Missing:
                    Load(view, step.Missing, offset);
                    continue;
                case StepKind.Blocks when plan.Runs[0].IsMapped(view.BlockSize):
                    ReadRuns(view, offset, buffer.Span, plan);
                    break;
                case StepKind.Blocks:
                    await ReadRunsAsync(view, offset, buffer, plan, cancellationToken).ConfigureAwait(false);
                    break;
                case StepKind.Part:
                    ReadPart(view, offset, buffer.Span[..step.Bytes], plan);
                    break;
                default:
                    break;
            }

            offset += step.Bytes;
            buffer = buffer[step.Bytes..];
        }

        plan.Return();
    }

    /// <summary>Reads one whole block; returns the entry it was read through.</summary>
    public NodeEntry ReadBlock(IVolumeView view, long index, Span<byte> block)
    {
        ReadPlan plan = ReadPlan.Rent();
        long offset = index << view.BlockSize.Log2;
        Step step = Next(view, offset, block, plan);
        while (step.Kind == StepKind.Missing)
        {
            Load(view, step.Missing, offset);
            step = Next(view, offset, block, plan);
        }

        if (step.Kind == StepKind.Blocks)
        {
            ReadRuns(view, offset, block, plan);
        }

        NodeEntry entry = plan.Entries[0];
        plan.Return();
        return entry;
    }

    // One step of a read, under one hold of the gate: as much as memory can fill in, or the places of as many blocks as the plan takes. The plan
    // then has the entries of the blocks that the step covers, also when memory filled them in.
    private Step Next(IVolumeView view, long offset, Span<byte> buffer, ReadPlan plan)
    {
        int blockBytes = view.BlockSize.Bytes;
        long index = offset >> view.BlockSize.Log2;
        int within = (int)(offset & (blockBytes - 1));
        using (_gate.EnterAfterOthers())
        {
            store.ThrowIfClosed();
            int wanted = (int)Math.Min(ReadPlan.BlocksMax, ((long)within + buffer.Length + blockBytes - 1) >> view.BlockSize.Log2);
            Span<NodeEntry> entries = plan.Entries.AsSpan(0, wanted);
            entries = entries[..map.GetRun(view.Root, index, entries, out MissingNode missing)];
            if (entries.IsEmpty)
            {
                return new Step(StepKind.Missing, 0, missing);
            }

            BlockId first = entries[0].Id;
            if (entries[0].IsNone)
            {
                int holes = 1;
                while (holes < entries.Length && entries[holes].IsNone)
                {
                    holes++;
                }

                int zeros = (int)Math.Min(buffer.Length, ((long)holes << view.BlockSize.Log2) - within);
                buffer[..zeros].Clear();
                return new Step(StepKind.Done, zeros, default);
            }

            int part = Math.Min(blockBytes - within, buffer.Length);
            if (store.Log.TryReadPending(first, within, buffer[..part]))
            {
                return new Step(StepKind.Done, part, default);
            }

            plan.Begin(Locate(view, offset, first));
            if (part < blockBytes)
            {
                return new Step(StepKind.Part, part, default);
            }

            int whole = Math.Min(entries.Length, buffer.Length >> view.BlockSize.Log2);
            return new Step(StepKind.Blocks, LocateNext(entries[..whole], plan) << view.BlockSize.Log2, default);
        }
    }

    // Gate held. The first block has been located. Locates those behind it and returns how many are located in all: up to the first that is a hole,
    // that is still in memory, or that cannot be located now. The next step begins with that one.
    private int LocateNext(ReadOnlySpan<NodeEntry> entries, ReadPlan plan)
    {
        int located = 1;
        int slots = entries.Length > 1 ? store.SlotsOf(entries[0].Id) : 0;
        for (; located < entries.Length; located++)
        {
            BlockId id = entries[located].Id;
            if (entries[located].IsNone || store.Log.IsPending(id))
            {
                break;
            }

            if (Follows(entries[located - 1].Id, id, slots))
            {
                plan.Extend();
            }
            else if (!plan.IsFull && TryLocate(id, out BlockPlace place))
            {
                plan.Begin(place);
                slots = store.SlotsOf(id);
            }
            else
            {
                break;
            }
        }

        return located;
    }

    private bool TryLocate(BlockId id, out BlockPlace place)
    {
        try
        {
            place = store.Locate(id);
            return true;
        }
        catch (IOException)
        {
            place = default;
            return false;
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
            throw Unreadable(view, offset, view.BlockSize.Bytes, $"Block {id} cannot be read", e);
        }
    }

    private static bool Follows(BlockId previous, BlockId next, int slots) =>
        next.Segment == previous.Segment && next.Slot == previous.Slot + slots;

    // Runs that are mapped lie anywhere in memory: while one is copied the processor fetches the next.
    private static void ReadRuns(IVolumeView view, long offset, Span<byte> buffer, ReadPlan plan)
    {
        try
        {
            ReadOnlySpan<BlockRun> runs = plan.Runs;
            ReadOnlySpan<byte> next = runs[0].View(view.BlockSize);
            for (int i = 0; i < runs.Length; i++)
            {
                ReadOnlySpan<byte> mapped = next;
                if (i + 1 < runs.Length)
                {
                    next = runs[i + 1].View(view.BlockSize);
                    CacheLines.Fetch(next);
                }

                Span<byte> destination = runs[i].Of(buffer, view.BlockSize);
                int read = mapped.IsEmpty ? ReadAt(view, offset, runs[i].Place, destination) : destination.Length;
                Prove(view, offset, runs[i], mapped, destination, plan, read);
            }
        }
        finally
        {
            plan.Release();
        }
    }

    private static async ValueTask ReadRunsAsync(
        IVolumeView view, long offset, Memory<byte> buffer, ReadPlan plan, CancellationToken cancellationToken)
    {
        try
        {
            for (int i = 0; i < plan.Runs.Length; i++)
            {
                BlockRun run = plan.Runs[i];
                Memory<byte> destination = run.Of(buffer, view.BlockSize);
                int read;
                try
                {
                    read = await run.Place.Handle.ReadAsync(run.Place.Offset, destination, cancellationToken).ConfigureAwait(false);
                }
                catch (IOException failure) when (failure is not BlockSnapException)
                {
                    read = ReadAt(view, offset, run.Place, destination.Span);
                }

                Prove(view, offset, run, default, destination.Span, plan, read);
            }
        }
        finally
        {
            plan.Release();
        }
    }

    private static int ReadAt(IVolumeView view, long offset, in BlockPlace place, Span<byte> destination)
    {
        try
        {
            return place.Read(destination);
        }
        catch (BlockCorruptedException e)
        {
            throw Unreadable(view, offset, destination.Length, "A block cannot be read", e);
        }
    }

    private static void ReadPart(IVolumeView view, long offset, Span<byte> destination, ReadPlan plan)
    {
        int blockBytes = view.BlockSize.Bytes;
        int within = (int)(offset & (blockBytes - 1));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(blockBytes);
        try
        {
            ReadRuns(view, offset - within, buffer.AsSpan(0, blockBytes), plan);
            buffer.AsSpan(within, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Compares the checksums of a run's blocks with those of their entries. Blocks that are mapped are copied to their destination in the same pass.
    private static void Prove(IVolumeView view, long offset, in BlockRun run, ReadOnlySpan<byte> mapped, Span<byte> data, ReadPlan plan, int read)
    {
        int blockBytes = view.BlockSize.Bytes;
        for (int i = 0; i < run.Count; i++)
        {
            Span<byte> block = data.Slice(i * blockBytes, blockBytes);
            ulong actual = mapped.IsEmpty
                ? BlockChecksum.Compute(block)
                : BlockChecksum.CopyAndCompute(mapped.Slice(i * blockBytes, blockBytes), block);
            NodeEntry entry = plan.Entries[run.First + i];
            if (actual != entry.Checksum || read < (i + 1) * blockBytes)
            {
                long at = offset + ((long)(run.First + i) * blockBytes);
                string what = $"The checksum of block {entry.Id} in {run.Place.Handle.Name} does not match";
                throw new BlockCorruptedException(what, view.Name, at, blockBytes, entry.Checksum, actual);
            }
        }
    }
}
