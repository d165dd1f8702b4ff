using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Primitives;

namespace BlockSnap.Storage;

/// <content>Which files compaction moves from, and what is alive in them.</content>
internal sealed partial class LogBlockStore
{
    // Files that compaction found damaged and leaves alone; guarded by the compaction lock.
    private readonly HashSet<SegmentFile> _damaged = [];

    // Files whose living blocks would make no smaller container, because blocks smaller than the granule of their segment fill them up; with
    // their live bytes when that was found. Guarded by the compaction lock.
    private readonly Dictionary<SegmentFile, long> _tight = [];

    /// <summary>The names of files in use that compaction found damaged and leaves alone.</summary>
    public IReadOnlyList<string> DamagedFiles()
    {
        lock (_compaction)
        {
            using (Gate.Enter())
            {
                HashSet<SegmentFile> used = [.. Table.All.Select(segment => segment.File)];
                return [.. _damaged.Where(used.Contains).Select(file => file.Name).Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Lets compaction look again at files that it found damaged: the device may read now what it did not then.</summary>
    public void TryDamagedAgain()
    {
        lock (_compaction)
        {
            _damaged.Clear();
        }
    }

    /// <summary>Every block record of a segment, in slot order.</summary>
    public List<LogRecord> RecordsOf(SegmentInfo segment)
    {
        IDeviceFile handle;
        SegmentFile file;
        bool relocated;
        using (Gate.Enter())
        {
            file = segment.File;
            relocated = segment.IsRelocated;
            handle = Files.Pin(file);
        }

        try
        {
            if (relocated)
            {
                return [.. ContainerIndex.Read(handle, _current.Salt, segment)];
            }

            var records = new List<LogRecord>();
            new LogScanner(Files, _current.Salt, SegmentBytes).ReadSegment(handle, segment, (in BatchHeader _, ReadOnlySpan<byte> bytes) =>
            {
                var reader = new RecordReader(bytes);
                while (reader.MoveNext())
                {
                    if (reader.Current.IsBlock)
                    {
                        records.Add(reader.Current);
                    }
                }
            });
            return records;
        }
        finally
        {
            file.Unpin();
        }
    }

    private List<Victim> ChooseVictims(double deadShare, long slackBytes, long containerBytes)
    {
        Dictionary<SegmentFile, Victim> files = FindSealed(upTo: ReplaySegment);
        foreach (SegmentFile gone in _tight.Keys.Where(file => !files.ContainsKey(file)).ToList())
        {
            _tight.Remove(gone);
        }

        return Choose(files.Values, deadShare, slackBytes, containerBytes, out _);
    }

    // The files in which segments below a number live, without the active one's and those found damaged.
    private Dictionary<SegmentFile, Victim> FindSealed(long upTo)
    {
        var files = new Dictionary<SegmentFile, Victim>();
        lock (Ledger.Sync)
        {
            using (Gate.Enter())
            {
                foreach (SegmentInfo segment in Table.All)
                {
                    if (segment.IsActive || segment.Number >= upTo || _damaged.Contains(segment.File))
                    {
                        continue;
                    }

                    Victim victim = files.TryGetValue(segment.File, out Victim? known) ? known : new Victim(segment.File, [], 0);
                    victim.Residents.Add(segment);
                    files[segment.File] = victim with { LiveBytes = victim.LiveBytes + segment.LiveBytes };
                }
            }
        }

        return files;
    }

    // Chooses the files of which the greatest share is dead, as many as fill one container of so many bytes, until no more is dead than tolerated.
    private List<Victim> Choose(ICollection<Victim> files, double deadShare, long slackBytes, long containerBytes, out long filledBytes)
    {
        long live = files.Sum(victim => victim.LiveBytes);
        long dead = files.Sum(victim => victim.File.Bytes) - live;
        long tolerated = (long)(deadShare * live) + slackBytes;
        var chosen = new List<Victim>();
        long before = 0;
        long room = containerBytes - FormatVersion.PageBytes;
        foreach (Victim victim in files.Where(v => v.LiveBytes > 0).OrderBy(v => v.LiveBytes / (double)v.File.Bytes).ThenBy(v => v.LiveBytes))
        {
            if (dead <= tolerated)
            {
                break;
            }

            // An estimate: with its part of the container's index, if its blocks have 4 KiB, and with padding. The survey of the records then
            // says it exactly.
            long cost = victim.LiveBytes + (victim.LiveBytes / 128) + victim.Residents.Sum(static segment => ContainerBuilder.PaddingOf(segment));
            if (cost > room || !IsWorthMoving(victim.File.Bytes, cost)
                || (_tight.TryGetValue(victim.File, out long liveThen) && liveThen - victim.LiveBytes < victim.File.Bytes / 16))
            {
                continue;
            }

            chosen.Add(victim);
            room -= cost;
            dead -= victim.File.Bytes - cost;
            before += victim.File.Bytes;
        }

        filledBytes = containerBytes - room;
        return IsWorthMoving(before, filledBytes) ? chosen : [];
    }

    // Pins the files whose segments are all in the table still, and forgets the others.
    private List<Victim> Hold(List<Victim> victims)
    {
        using (Gate.Enter())
        {
            victims.RemoveAll(victim => !victim.Residents.TrueForAll(IsInTable));
            foreach (Victim victim in victims)
            {
                victim.File.AddPin();
            }
        }

        return victims;
    }

    // False for a segment that a checkpoint has taken out of the table meanwhile: it has no counts, and nothing in it is alive. Ledger's lock held.
    private bool AreCountsDamaged(SegmentInfo segment)
    {
        if (AreCountsKnown(segment.Number))
        {
            return false;
        }

        using (Gate.Enter())
        {
            return IsInTable(segment);
        }
    }

    // Counts that cannot be read end the work of whoever has to change them; whoever only asks what is dead can do without.
    private bool AreCountsKnown(long segment)
    {
        try
        {
            return Ledger.Knows(segment);
        }
        catch (PoolCorruptedException)
        {
            return false;
        }
    }

    private bool IsInTable(SegmentInfo segment) => Table.TryGet(segment.Number, out SegmentInfo? known) && known == segment;

    // What would shrink by less than a sixteenth is not worth the move. That is asked of each file, by what it adds to a container, since many
    // small containers become one; and of all that goes into one container together, with its index. Since every move shrinks what it moves,
    // rounds end.
    private static bool IsWorthMoving(long bytesBefore, long bytesAfter) => bytesBefore - bytesAfter >= bytesBefore / 16;

    // What is alive in a file. False when it is not known for sure: then the file stays where it is, and check and scrub name it.
    private bool TrySurvey(Victim victim, out List<(SegmentInfo, List<LogRecord>)> segments)
    {
        segments = [];
        foreach (SegmentInfo segment in victim.Residents)
        {
            List<LogRecord> records;
            try
            {
                records = RecordsOf(segment);
            }
            catch (Exception e) when (StoredDamage.Is(e))
            {
                _damaged.Add(victim.File); // damaged, or not to be read
                return false;
            }

            lock (Ledger.Sync)
            {
                if (AreCountsDamaged(segment))
                {
                    _damaged.Add(victim.File); // what is dead in it cannot be known
                    return false;
                }

                records.RemoveAll(record => Ledger.CountOf(new BlockId(segment.Number, record.Slot, record.SizeClass)) == 0);
                if (records.Sum(record => (long)record.StoredBytes) != segment.LiveBytes)
                {
                    _damaged.Add(victim.File); // a head is damaged: moving would lose the blocks behind it
                    return false;
                }
            }

            segments.Add((segment, records));
        }

        return true;
    }

    // A file and the segments that live in it.
    private sealed record Victim(SegmentFile File, List<SegmentInfo> Residents, long LiveBytes);
}
