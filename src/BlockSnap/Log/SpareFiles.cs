using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace BlockSnap.Log;

/// <summary>
/// Free segment files. The one given back last is taken first: its pages are most likely in the system's cache. A file is ready when it is
/// open and has space for a whole segment. Ready ones are for the log; a container, which cuts its file, takes one of the others if it can.
/// Guarded by the gate.
/// </summary>
internal sealed class SpareFiles(int segmentBytes) : IEnumerable<SegmentFile>
{
    private readonly List<SegmentFile> _files = [];

    public int Count => _files.Count;

    /// <summary>How many are ready; a walk over all.</summary>
    public int ReadyCount => _files.Count(IsReady);

    public void Push(SegmentFile file) => _files.Add(file);

    /// <summary>Takes a file that is ready, or one that is not, as asked; any other when there is none of that kind.</summary>
    public bool TryTake(bool ready, [NotNullWhen(true)] out SegmentFile? file)
    {
        int at = _files.Count - 1;
        while (at >= 0 && IsReady(_files[at]) != ready)
        {
            at--;
        }

        return TryTakeAt(at < 0 ? _files.Count - 1 : at, out file);
    }

    /// <summary>Takes the file with a number, if it is here.</summary>
    public bool TryTake(int number, [NotNullWhen(true)] out SegmentFile? file) =>
        TryTakeAt(_files.FindIndex(spare => spare.Number == number), out file);

    public IEnumerator<SegmentFile> GetEnumerator() => _files.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool TryTakeAt(int at, [NotNullWhen(true)] out SegmentFile? file)
    {
        file = at < 0 ? null : _files[at];
        if (file is not null)
        {
            _files.RemoveAt(at);
        }

        return file is not null;
    }

    private bool IsReady(SegmentFile file) => file.Handle is not null && file.AllocatedBytes >= segmentBytes;
}
