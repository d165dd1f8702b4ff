using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <content>Scrub: what is stored is read in log order and proven by the records beside it, with no look at a map.</content>
internal sealed partial class LogBlockStore
{
    /// <summary>The most bytes of one read.</summary>
    public const int ScrubReadBytes = 1 << 20;

    // Dead bytes between two blocks are read with them up to so many: one long read is faster than two short ones.
    private const int ScrubGapBytes = 16 << 10;

    /// <summary>
    /// The segments from a number on, in log order; how many slots of the last one are on the device by now; and the live bytes of them all.
    /// </summary>
    public (long[] Segments, int LastSlots, long LiveBytes) BeginScrub(long from)
    {
        long[] numbers;
        int slots;
        long live;
        using (Gate.Enter())
        {
            Log.ThrowIfFaulted();
            SegmentInfo[] segments = [.. Table.All.Where(segment => segment.Number >= from).OrderBy(segment => segment.Number)];
            numbers = [.. segments.Select(segment => segment.Number)];
            slots = segments.Length == 0 ? 0 : segments[^1].SlotCount;
            live = segments.Sum(segment => segment.LiveBytes);
        }

        Log.Flush();
        Ledger.Drain();
        return (numbers, slots, live);
    }

    /// <summary>
    /// Finds out which blocks of a segment are in use. Null when the segment has gone meanwhile. Compaction proves what it moves afterwards, and
    /// the survey's file stays as it is until the survey is disposed.
    /// </summary>
    /// <param name="number">The segment.</param>
    /// <param name="slotsMax">Slots to look at.</param>
    public SegmentSurvey? Survey(long number, int slotsMax)
    {
        lock (_compaction)
        {
            SegmentInfo? segment;
            SegmentSurvey survey;
            using (Gate.Enter())
            {
                if (!Table.TryGet(number, out segment))
                {
                    return null;
                }

                survey = new SegmentSurvey(number, segment!.GranuleLog2, segment.File);
                try
                {
                    survey.Handle = Files.Pin(segment.File);
                }
                catch (Exception e) when (StoredDamage.Is(e))
                {
                    survey.Failure = e;
                }
            }

            try
            {
                Find(survey, segment, Math.Min(slotsMax, SegmentBytes >> segment.GranuleLog2));
                return survey;
            }
            catch
            {
                survey.Dispose();
                throw;
            }
        }
    }

    /// <summary>Reads and proves a run of a survey's blocks, from one on, in one read where it can.</summary>
    /// <param name="bad">Takes each block that is not what its record says, and why.</param>
    /// <returns>How many blocks were read.</returns>
    public static int Verify(SegmentSurvey survey, int first, byte[] buffer, Action<LogRecord, string> bad)
    {
        (LogRecord record, long offset) = survey.Blocks[first];
        int count = 1;
        long end = offset + record.StoredBytes;
        while (first + count < survey.Blocks.Count)
        {
            (LogRecord next, long at) = survey.Blocks[first + count];
            if (at - end > ScrubGapBytes || at + next.StoredBytes - offset > buffer.Length)
            {
                break;
            }

            end = at + next.StoredBytes;
            count++;
        }

        int read;
        try
        {
            read = survey.Handle!.Read(offset, buffer.AsSpan(0, (int)(end - offset)));
        }
        catch (IOException e) when (StoredDamage.Is(e))
        {
            if (count > 1)
            {
                // One of them cannot be read: each is read alone to tell which.
                for (int i = 0; i < count; i++)
                {
                    VerifyAlone(survey, first + i, buffer, bad);
                }

                return count;
            }

            bad(record, e.Message);
            return 1;
        }

        for (int i = 0; i < count; i++)
        {
            (LogRecord block, long at) = survey.Blocks[first + i];
            int from = (int)(at - offset);
            if (from + block.StoredBytes > read)
            {
                bad(block, "the file ends before it");
            }
            else if (BlockChecksum.Compute(buffer.AsSpan(from, block.StoredBytes)) is var actual && actual != block.Checksum)
            {
                bad(block, $"expected checksum {block.Checksum:x16}, found {actual:x16}");
            }
        }

        return count;
    }

    /// <summary>Whether one of some slots of a segment has a reference now.</summary>
    public bool IsInUse(long number, IEnumerable<int> slots)
    {
        lock (Ledger.Sync)
        {
            return Ledger.Knows(number) && slots.Any(slot => Ledger.CountOf(new BlockId(number, slot, 0)) > 0);
        }
    }

    // A survey of its own for one block.
    private static void VerifyAlone(SegmentSurvey survey, int index, byte[] buffer, Action<LogRecord, string> bad)
    {
        var alone = new SegmentSurvey(survey.Segment, survey.GranuleLog2, survey.File) { Handle = survey.Handle };
        alone.Blocks.Add(survey.Blocks[index]);
        Verify(alone, 0, buffer, bad);
    }

    private bool HasHeader(IDeviceFile file, long number)
    {
        byte[] page = new byte[SegmentHeader.Bytes];
        return file.Read(0, page) == page.Length
            && SegmentHeader.TryDecode(page, out SegmentHeader header)
            && header.Salt == _current.Salt
            && header.Segment == number;
    }

    private void Find(SegmentSurvey survey, SegmentInfo segment, int slotsMax)
    {
        List<LogRecord> records = [];
        if (survey.Failure is null)
        {
            try
            {
                records = RecordsOf(segment);
                survey.IsHeaderDamaged = !segment.IsRelocated && !HasHeader(survey.Handle!, segment.Number);
            }
            catch (Exception e) when (StoredDamage.Is(e))
            {
                survey.Failure = e;
            }
        }

        var recorded = new HashSet<int>();
        lock (Ledger.Sync)
        {
            survey.AreCountsDamaged = AreCountsDamaged(segment);
            long inContainer = segment.DataOffset;
            foreach (LogRecord record in records)
            {
                long offset = segment.IsRelocated ? inContainer : segment.OriginalOffset(record.Slot);
                inContainer += segment.PaddedBytesOf(record.StoredBytes);
                if (record.Slot < slotsMax && Ledger.CountOf(new BlockId(survey.Segment, record.Slot, record.SizeClass)) > 0)
                {
                    survey.Blocks.Add((record, offset));
                    recorded.Add(record.Slot);
                }
            }

            for (int slot = 0; !survey.AreCountsDamaged && slot < slotsMax; slot++)
            {
                if (Ledger.CountOf(new BlockId(survey.Segment, slot, 0)) > 0 && !recorded.Contains(slot))
                {
                    survey.Unrecorded.Add(slot);
                }
            }
        }
    }
}
