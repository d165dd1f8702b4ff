namespace BlockSnap.Simulation;

/// <summary>
/// Operations done to a pool and to its model, with the digest of the model after every step: so that what is found after a crash can
/// be told to be a prefix, and which one.
/// </summary>
internal sealed class CrashRun
{
    private readonly List<Action<PoolModel>> _steps = [];
    private readonly List<string> _digests;
    private readonly List<string> _texts = [];
    private PoolModel _model = new();

    public CrashRun() => _digests = [PoolDigest.Of(_model)];

    public PoolModel Model => _model;

    /// <summary>Steps that must survive.</summary>
    public int Floor { get; private set; }

    /// <summary>Steps done or being done.</summary>
    public int Count => _steps.Count;

    public string Operation => _texts.Count == 0 ? "none" : $"operation {_texts.Count}, {_texts[^1]}";

    /// <summary>Does one operation: to the model first, so that a crash within it can be judged.</summary>
    public void Do(DiskPool pool, CrashOperation operation)
    {
        _texts.Add(operation.Text);
        foreach (Action<PoolModel> step in operation.Steps)
        {
            step(_model);
            _steps.Add(step);
            _digests.Add(PoolDigest.Of(_model));
        }

        operation.Do(pool).GetAwaiter().GetResult();
        if (operation.IsDurable)
        {
            Floor = Count;
        }
    }

    /// <summary>Closes the pool as a program does: nothing may be lost.</summary>
    public void Close(DiskPool pool)
    {
        _texts.Add("close");
        pool.Dispose();
        Floor = Count;
    }

    /// <summary>The longest allowed prefix that a digest stands for, or -1 when it is none.</summary>
    public int Find(string digest)
    {
        for (int steps = Count; steps >= Floor; steps--)
        {
            if (_digests[steps] == digest)
            {
                return steps;
            }
        }

        return -1;
    }

    /// <summary>Whether a prefix found before is still allowed, or another one that reads the same.</summary>
    public bool Allows(int steps) => Find(_digests[steps]) >= 0;

    /// <summary>Says how a digest that is no allowed prefix differs from the nearest ones.</summary>
    public string Explain(string digest)
    {
        int lost = _digests.LastIndexOf(digest);
        if (lost >= 0)
        {
            return $"it is the state after step {lost}, but step {Floor} was durable";
        }

        string[] found = digest.Split('\n');
        string[] floor = _digests[Floor].Split('\n');
        string[] now = _digests[^1].Split('\n');
        return $"it is no prefix of {Floor} to {Count}; found {string.Join(" | ", found.Except(now))}, at the last flush {string.Join(" | ", floor.Except(found))}, now {string.Join(" | ", now.Except(found))}";
    }

    /// <summary>Goes back to a prefix, which a crash has made the truth.</summary>
    public void ReturnTo(int steps)
    {
        _steps.RemoveRange(steps, Count - steps);
        _digests.RemoveRange(steps + 1, _digests.Count - steps - 1);
        _model = new PoolModel();
        foreach (Action<PoolModel> step in _steps)
        {
            step(_model);
        }

        Floor = steps;
    }
}
