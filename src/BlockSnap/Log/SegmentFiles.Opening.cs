using BlockSnap.Format;

namespace BlockSnap.Log;

/// <content>Which files there are when a pool is opened: what a superblock says, what replay finds, what a crash left behind.</content>
internal sealed partial class SegmentFiles
{
    // Only while the pool is being opened: a directory of tens of thousands of files is read once.
    private int[]? _found;

    /// <summary>Takes over what a superblock says: files up to a number, of which some are in use.</summary>
    public void Load(int count, IReadOnlySet<int> used)
    {
        _count = count;
        foreach (int number in used)
        {
            _files[number] = new SegmentFile(number) { Bytes = _segmentBytes };
        }

        foreach (int number in FindAll().Where(number => number < count && !used.Contains(number)))
        {
            _spare.Push(new SegmentFile(number));
        }
    }

    /// <summary>The file of a number, taken from the free ones if it is one of them, because a segment lies in it.</summary>
    public SegmentFile Claim(int number)
    {
        if (!_files.TryGetValue(number, out SegmentFile? file))
        {
            _spare.TryTake(number, out _);
            file = Add(new SegmentFile(number) { Bytes = _segmentBytes });
        }

        return file;
    }

    /// <summary>After a replay: frees every file in which no segment lives.</summary>
    public void FreeUnused(Func<int, bool> isUsed)
    {
        foreach (SegmentFile file in _files.Values.Where(file => !isUsed(file.Number)).OrderBy(file => file.Number).ToList())
        {
            _open.Close(file);
            _files.Remove(file.Number);
            GiveBack(file, _device.Exists(file.Name));
        }
    }

    /// <summary>
    /// Takes in the files that a crash left behind before a superblock knew them: nothing lives in them, and they would take space for good.
    /// Only files that the pool itself can have made: no more than a gap of segment numbers are created between two checkpoints.
    /// </summary>
    public void TakeInLeftOvers()
    {
        const int FilesPerCheckpointMax = FormatVersion.SegmentNumberGap;
        HashSet<int> free = [.. _spare.Select(static file => file.Number)];
        IEnumerable<int> own = FindAll().Where(number => number < _count + FilesPerCheckpointMax);
        int[] leftOver = [.. own.Where(number => !_files.ContainsKey(number) && !free.Contains(number))];
        foreach (int number in leftOver.OrderDescending())
        {
            _spare.Push(new SegmentFile(number));
            _count = Math.Max(_count, number + 1);
        }

        _found = null;
        SumUp();
    }

    /// <summary>
    /// The numbers of the files that lay on the device when the opening began, known or not: for finding evidence, never to decide what is valid.
    /// </summary>
    public IReadOnlyList<int> FindAll() => _found ??= [.. ListNumbers()];

    private IEnumerable<int> ListNumbers()
    {
        foreach (string name in _device.List())
        {
            if (SegmentFile.TryNumberOf(name, out int number))
            {
                yield return number;
            }
        }
    }
}
