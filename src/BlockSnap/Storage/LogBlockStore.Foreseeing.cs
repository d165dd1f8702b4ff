using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <content>What compaction would do, told without doing it.</content>
internal sealed partial class LogBlockStore
{
    /// <summary>
    /// Chooses files round after round, as a compaction after a checkpoint would, from what memory knows of them. No block is read: damaged blocks
    /// are not noticed, and the size of a container is what is estimated when its files are chosen.
    /// </summary>
    /// <param name="deadShare">Dead bytes tolerated, as a share of live ones.</param>
    /// <returns>The bytes of living blocks that would be written again, and by how much the files would take less.</returns>
    public (long MovedBytes, long FreedBytes) ForeseeCompaction(double deadShare)
    {
        lock (_compaction)
        {
            Dictionary<SegmentFile, Victim> files = FindSealed(upTo: long.MaxValue).Where(file => file.Value.LiveBytes > 0).ToDictionary();
            long freed = BytesOfIdle(files);
            long moved = 0;
            for (int number = -1; Choose(files.Values, deadShare, slackBytes: 0, SegmentBytes, out long bytes) is { Count: > 0 } victims; number--)
            {
                foreach (Victim victim in victims)
                {
                    files.Remove(victim.File);
                    moved += victim.LiveBytes;
                    freed += victim.File.Bytes - GivenBackOf(victim);
                }

                var container = new SegmentFile(number) { Bytes = bytes };
                List<SegmentInfo> residents = [.. victims.SelectMany(victim => victim.Residents)];
                files[container] = new Victim(container, residents, victims.Sum(victim => victim.LiveBytes));
                freed -= bytes;
            }

            return (moved, Math.Max(0, freed));
        }
    }

    // Files that hold nothing, or only what the next checkpoint frees. The reserve stays, and so do damaged files and the active segment's.
    private long BytesOfIdle(Dictionary<SegmentFile, Victim> files)
    {
        using (Gate.Enter())
        {
            long staying = Table.All
                .Where(segment => segment.IsActive || _damaged.Contains(segment.File))
                .Select(segment => segment.File)
                .Where(file => !files.ContainsKey(file))
                .Distinct()
                .Sum(file => file.Bytes);
            return Files.Bytes - Files.BytesInReserve - staying - files.Keys.Sum(file => file.Bytes);
        }
    }

    // Nothing for a container that is only thought of.
    private static long GivenBackOf(Victim victim) => victim.File.Number < 0 ? 0 : victim.Residents.Sum(segment => segment.GivenBackBytes);
}
