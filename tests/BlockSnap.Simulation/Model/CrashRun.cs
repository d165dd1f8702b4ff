namespace BlockSnap.Simulation;

/// <summary>
/// Operations done to a pool and to its model, and the model as it was when a crash last could not have undone anything: so that what is
/// found after a crash can be told to be a prefix, and which one. Not thread-safe; an operation may be done inside another one that has
/// taken its last step.
/// </summary>
internal sealed class CrashRun
{
    // The steps that a crash may undo, and the digests that were asked for, of the states after so many steps.
    private readonly List<Action<PoolModel>> _steps = [];
    private readonly Dictionary<int, string> _digests = [];
    private readonly List<string> _texts = [];
    private PoolModel _model = new();
    private PoolModel _floor = new();

    public PoolModel Model => _model;

    /// <summary>Steps that must survive.</summary>
    public int Floor { get; private set; }

    /// <summary>Steps done or being done.</summary>
    public int Count => Floor + _steps.Count;

    /// <summary>How many prefixes the last <see cref="Find"/> found that read alike.</summary>
    public int FoundCount { get; private set; }

    /// <summary>Told of each operation that was done.</summary>
    public Action<CrashOperation>? Done { get; init; }

    /// <summary>Operations begun.</summary>
    public int OperationCount => _texts.Count;

    public string Operation => _texts.Count == 0 ? "none" : $"operation {_texts.Count}, {_texts[^1]}";

    /// <summary>Does one operation: to the model first, so that a crash within it can be judged.</summary>
    public void Do(DiskPool pool, CrashOperation operation)
    {
        Begin(operation);
        int end = Count;
        operation.Do(pool).GetAwaiter().GetResult();
        if (operation.IsDurable)
        {
            RaiseFloor(end);
        }

        Done?.Invoke(operation);
    }

    /// <summary>Closes the pool as a program does: nothing may be lost.</summary>
    public void Close(DiskPool pool)
    {
        _texts.Add("close");
        pool.Dispose();
        RaiseFloor(Count);
    }

    /// <summary>The longest allowed prefix that a digest stands for, or -1 when it is none.</summary>
    public int Find(string digest)
    {
        PoolModel? state = null;
        int found = -1;
        FoundCount = 0;
        for (int steps = Floor; steps <= Count; steps++)
        {
            if (!_digests.TryGetValue(steps, out string? known))
            {
                state ??= StateAfter(steps);
                _digests[steps] = known = PoolDigest.Of(state);
            }

            if (known == digest)
            {
                found = steps;
                FoundCount++;
            }

            if (steps < Count && state is not null)
            {
                _steps[steps - Floor](state);
            }
        }

        return found;
    }

    /// <summary>Whether a prefix found before is still allowed, or another one that reads the same.</summary>
    public bool Allows(int steps) => Find(_digests[steps]) >= 0;

    /// <summary>Says how a digest that is no allowed prefix differs from the nearest ones.</summary>
    public string Explain(string digest)
    {
        string[] found = digest.Split('\n');
        string[] floor = PoolDigest.Of(_floor).Split('\n');
        string[] now = PoolDigest.Of(_model).Split('\n');
        return $"it is no prefix of {Floor} to {Count}; found {string.Join(" | ", found.Except(now))}, at the last flush {string.Join(" | ", floor.Except(found))}, now {string.Join(" | ", now.Except(found))}";
    }

    /// <summary>Goes back to a prefix, which a crash has made the truth.</summary>
    public void ReturnTo(int steps)
    {
        Settle(steps);
        RaiseFloor(steps);
    }

    /// <summary>Goes back to a prefix, which a pool that goes on has; a crash may undo more.</summary>
    public void Settle(int steps)
    {
        _model = StateAfter(steps);
        for (int undone = steps + 1; undone <= Count; undone++)
        {
            _digests.Remove(undone);
        }

        _steps.RemoveRange(steps - Floor, Count - steps);
    }

    private void Begin(CrashOperation operation)
    {
        _texts.Add(operation.Text);
        foreach (Action<PoolModel> step in operation.Steps)
        {
            step(_model);
            _steps.Add(step);
        }
    }

    private void RaiseFloor(int floor)
    {
        int durable = floor - Floor;
        for (int i = 0; i < durable; i++)
        {
            _steps[i](_floor);
        }

        if (durable > 0)
        {
            _steps.RemoveRange(0, durable);
            Floor = floor;
        }
    }

    private PoolModel StateAfter(int steps)
    {
        PoolModel state = _floor.Copy();
        for (int i = 0; i < steps - Floor; i++)
        {
            _steps[i](state);
        }

        return state;
    }
}
