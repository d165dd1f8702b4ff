namespace BlockSnap.Simulation;

/// <content>The events that a pool keeps: all of them across a close, those that a checkpoint wrote across a crash, and none that never was.</content>
internal sealed partial class Simulator
{
    // What was told under each number, as far as somebody looked before the pool gave it up.
    private readonly Dictionary<long, PoolEvent> _told = [];

    // What must be there after a clean close, or null when nothing was written then: nothing was changed, or the device refused it.
    private IReadOnlyList<PoolEvent>? _keptEvents;

    private void NoteEvents()
    {
        foreach (PoolEvent each in _pool!.Events.Recent)
        {
            _told[each.Sequence] = each;
        }
    }

    private void CompareEvents(bool isClean)
    {
        IReadOnlyList<PoolEvent> found = _pool!.Events.Recent;
        if (found.FirstOrDefault(each => _told.TryGetValue(each.Sequence, out PoolEvent? told) && told != each) is { } wrong)
        {
            throw Violation($"event {wrong.Sequence} was {_told[wrong.Sequence]} and is {wrong}");
        }

        if (isClean && _keptEvents is { } kept && !found.SequenceEqual(kept))
        {
            throw Violation($"before the close there were {kept.Count} events, the last of them {kept.LastOrDefault()}, and now {found.Count}, {found.LastOrDefault()}");
        }

        // A crash took the later ones; their numbers are given again.
        long last = found.Count == 0 ? 0 : found[^1].Sequence;
        foreach (long lost in _told.Keys.Where(number => number > last).ToArray())
        {
            _told.Remove(lost);
        }
    }
}
