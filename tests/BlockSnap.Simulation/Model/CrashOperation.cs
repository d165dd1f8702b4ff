namespace BlockSnap.Simulation;

/// <summary>One call to a pool, and what it does to the model in the smallest steps that a crash may fall between.</summary>
/// <param name="Text">What failures print.</param>
/// <param name="Steps">In order; none for a flush.</param>
/// <param name="IsDurable">Whether all steps up to its end survive a crash once it has returned.</param>
/// <param name="Do">The call.</param>
internal sealed record CrashOperation(string Text, IReadOnlyList<Action<PoolModel>> Steps, bool IsDurable, Func<DiskPool, Task> Do)
{
    /// <summary>Whether the call is one that must be refused.</summary>
    public bool IsRefused { get; init; }

    public static CrashOperation OnPool(string text, Action<PoolModel> step, Func<DiskPool, Task> act) => new(text, [step], true, act);

    public static CrashOperation OnChain(string text, string disk, Action<DiskModel> step, Func<ISnapshotChain, Task> act) =>
        new(text, [model => step(model.Disk(disk))], true, pool => act(pool.OpenChain(disk)));

    public static CrashOperation OnSnapshot(string text, string disk, string snapshot, Func<SnapshotModel, SnapshotModel> change, Func<ISnapshotChain, Task> act) =>
        OnChain($"{text} {disk}@{snapshot}", disk, model => model.Change(snapshot, change), act);

    public static CrashOperation OnDisk(string text, string disk, IReadOnlyList<Action<DiskState>> steps, bool isDurable, Func<IDisk, ValueTask> act) => new(
        text,
        [.. steps.Select(step => (Action<PoolModel>)(model => step(model.Disk(disk).Head)))],
        isDurable,
        async pool =>
        {
            using IDisk head = pool.OpenDisk(disk);
            await act(head);
        });

    /// <summary>A call that must fail with an error of this very type and change nothing.</summary>
    public static CrashOperation Refused<TException>(string text, Func<DiskPool, Task> act)
        where TException : Exception => new($"try to {text}", [], false, async pool =>
    {
        try
        {
            await act(pool);
        }
        catch (TException e) when (e.GetType() == typeof(TException))
        {
            return;
        }

        throw new ViolationException($"{text}: expected was {typeof(TException).Name}, and it was done");
    })
    {
        IsRefused = true,
    };

    /// <summary>The same at a time, to which the pool's clock is moved on first.</summary>
    public CrashOperation At(DateTimeOffset time) => this with
    {
        Do = pool =>
        {
            var clock = (ManualTime)pool.TimeProvider;
            clock.Advance(time > clock.GetUtcNow() ? time - clock.GetUtcNow() : TimeSpan.Zero);
            return Do(pool);
        },
    };
}
