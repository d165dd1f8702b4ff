namespace BlockSnap.Simulation;

/// <summary>
/// One life of a pool after another on a simulated device: steps are done one by one on one thread, some of them inside the device calls of
/// others; power is cut, calls fail, and after each opening what the pool holds is compared with the model (P0 to P5). The case alone
/// decides everything.
/// </summary>
internal sealed partial class Simulator
{
    private const int ViewsMax = 4;

    private readonly SimulationCase _case;
    private readonly Action<string>? _log;
    private readonly Sabotage _sabotage;
    private readonly DiskPoolOptions _sizes;
    private readonly StepTranslator _translator;
    private readonly ManualTime _time = new();
    private readonly SeededRandom _chance;
    private readonly CrashRun _run;
    private readonly List<(IDisk Disk, DiskState State)> _views = [];
    private CrashableDevice _medium = new();
    private SimulatedWorkQueue _queue = new();
    private DiskPool? _pool;
    private SnapshotQuota? _quota;
    private int _ids;
    private int _nestedCount;
    private int _crashes;
    private int _faults;
    private string? _violation;

    private Simulator(SimulationCase @case, Action<string>? log, Sabotage sabotage, Action<CrashOperation, CrashableDevice>? done)
    {
        _case = @case;
        _log = log;
        _sabotage = sabotage;
        _sizes = @case.Options();
        _quota = _sizes.SnapshotQuota;
        _run = new CrashRun { Done = done is null ? null : operation => done(operation, _medium) };
        _translator = new StepTranslator(_sizes.SegmentBytes);
        _chance = new SeededRandom(@case.Seed ^ 0x5EED);
    }

    /// <summary>Runs a case.</summary>
    /// <param name="case">What to do.</param>
    /// <param name="log">Gets a line for each step and event, or null.</param>
    /// <param name="sabotage">A bug to plant.</param>
    /// <param name="done">Told of each operation that was done, and of the device as it is then.</param>
    public static SimulationResult Run(
        SimulationCase @case, Action<string>? log = null, Sabotage sabotage = Sabotage.None, Action<CrashOperation, CrashableDevice>? done = null)
    {
        var simulator = new Simulator(@case, log, sabotage, done);
        try
        {
            simulator.Live();
        }
        catch (Exception e)
        {
            simulator._violation ??= e is ViolationException ? e.Message : $"unexpected: {e}";
        }

        return new SimulationResult(
            simulator._run.OperationCount, simulator._nestedCount, simulator._crashes, simulator._faults, simulator._trace, simulator._violation);
    }

    private void Live()
    {
        Open(create: true);
        foreach (Step step in _case.Steps)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (step.Within > 0)
            {
                _waiting.Add((step, step.Within));
                continue;
            }

            DoAtTop(step);
            DoOverdue();
        }

        while (_waiting.Count > 0)
        {
            DoOverdue(all: true);
        }

        End();
    }

    // Steps that found no place inside others are done after a while all the same.
    private void DoOverdue(bool all = false)
    {
        const int WaitingMax = 4;
        while (_waiting.Count > (all ? 0 : WaitingMax))
        {
            Step step = _waiting[0].Step;
            _waiting.RemoveAt(0);
            DoAtTop(step);
        }
    }

    private void DoAtTop(Step step)
    {
        _nestable = step.Kind switch
        {
            StepKind.Work or StepKind.Checkpoint or StepKind.Compact => Nesting.Anywhere,
            StepKind.Check => Nesting.BesideReads,
            StepKind.Flush or StepKind.Snapshot or StepKind.DeleteSnapshots or StepKind.Rollback or StepKind.Undo or StepKind.Clone or StepKind.CreateDisk or StepKind.DeleteDisk => Nesting.WhileFlushing,
            StepKind.Expire or StepKind.Import or StepKind.Scrub => Nesting.Nowhere, // several steps of their own
            >= StepKind.SpecialSnapshot => Nesting.WhileFlushing,
            _ => Nesting.Nowhere,
        };
        Do(step);
        _nestable = Nesting.Nowhere;
        if (_left is not null)
        {
            Recover("power cut");
        }
        else if (_pool!.IsFaulted)
        {
            Restart();
        }

        ThrowIfViolated();
    }

    private void Do(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Crash:
                _crash = step;
                _crashIn = step.At;
                Say($"power will be cut in {step.At} calls, {ModeOf(step)} {step.Fill}");
                if (_crashIn == 0)
                {
                    Strike();
                }

                break;
            case StepKind.Fault:
                _armed.Add(ArmedFault.Of(step));
                Say($"will fail: {_armed[^1]}, {step.At}");
                break;
            case StepKind.Space:
                _isFull = step.Pick % 2 == 1;
                Say(_isFull ? "the device is full" : "the device has space");
                break;
            case StepKind.Work:
                if (_queue.Pick(step.Pick) is { } worker)
                {
                    Say($"{worker.Name} works");
                    worker.Run();
                }

                break;
            case StepKind.Reopen:
                CloseAndOpen(step);
                break;
            case StepKind.Check:
                Attempt("check", () => Check(_pool!));
                break;
            case StepKind.Usage:
                CompareUsage();
                break;
            case StepKind.OpenView:
                OpenView(step);
                break;
            case StepKind.CloseView:
                CloseView(step);
                break;
            default:
                Operate(step);
                break;
        }
    }

    private void Operate(Step step)
    {
        if (_translator.Translate(step, _run.Model, _time.GetUtcNow()) is not { } operation)
        {
            return;
        }

        Say(operation.Text);
        Attempt(operation.Text, () => _run.Do(_pool!, operation));
        if (step.Fill % 4 == 0 && !IsDown && _run.Model.LiveDisks.FirstOrDefault(disk => operation.Text.Contains(disk.Name, StringComparison.Ordinal)) is { } touched)
        {
            CompareHead(touched);
        }

        if (step.Kind >= StepKind.SpecialSnapshot && step.Fill % 4 == 1 && !IsDown && _depth == 0)
        {
            CompareAll(operation.Text);
        }

        if (step.Fill % 8 == 2)
        {
            CompareUsage(); // often, since it is counted again only where something may have changed
        }
    }

    // Does something that a power cut or a failure of the device may end.
    private void Attempt(string what, Action act)
    {
        try
        {
            act();
        }
        catch (ViolationException)
        {
            throw;
        }
        catch (Exception e)
        {
            Mix(e.GetType().Name);
            if (_left is not null)
            {
                return;
            }

            Say($"{what}: {e.GetType().Name}: {e.Message}");
            if (!IsExcused(e))
            {
                throw Violation($"{what} failed although nothing was wrong with the device", e);
            }

            if (!_pool!.IsFaulted)
            {
                Settle(what);
            }
        }
    }

    private bool IsExcused(Exception e) => e switch
    {
        PoolFullException => _isFull || _failedThisLife > 0,
        IOException => _failedThisLife > 0,
        _ => false,
    };

    // An operation was refused half way: the pool goes on with some of its steps done.
    private void Settle(string what)
    {
        string digest = Quietly(() => PoolDigest.Of(_pool!));
        int steps = Find(digest);
        if (steps < 0)
        {
            throw Violation($"after {what} was refused: {_run.Explain(digest)}");
        }

        _run.Settle(steps);
    }

    private void CloseAndOpen(Step step)
    {
        Say("close");
        if (step.Pick % 2 == 0)
        {
            DropViews();
        }

        if (_pool!.IsFaulted)
        {
            return;
        }

        bool isClosed = false;
        bool isUntouched = _pool.Core.IsUntouched;
        Attempt("close", () =>
        {
            try
            {
                _run.Close(_pool!);
                isClosed = true;
                _keptEvents = isUntouched || _isFull || _failedThisLife > 0 ? null : _pool!.Events.Recent;
            }
            catch (PoolFullException) when (_isFull || _failedThisLife > 0)
            {
                Say("closed without space for what was not flushed");
            }
        });
        if (_left is not null)
        {
            return;
        }

        _quota = SimulationCase.Quota(step.Fill);
        Recover(isClosed ? "close" : "a close that failed", _medium, isClean: isClosed);
    }

    // At the end all is given back: nothing may be left that nobody refers to.
    private void End()
    {
        Calm();
        Compare(exact: false);
        Check(_pool!);
        DropViews();
        _run.Close(_pool!);
        Open(create: false);
        Compare(exact: true);
        Check(_pool!);
        Empty();
        _pool!.Dispose();
    }

    private void OpenView(Step step)
    {
        DiskModel[] disks = [.. _run.Model.Disks.Where(disk => disk.Snapshots.Count + disk.UndoPoints.Count > 0)];
        if (disks.Length == 0 || _views.Count >= ViewsMax)
        {
            return;
        }

        // Undo points too: they share maps with the head in another way.
        DiskModel disk = disks[step.Disk % disks.Length];
        int index = step.Pick % (disk.Snapshots.Count + disk.UndoPoints.Count);
        int undo = index - disk.Snapshots.Count;
        Say($"open {disk.Name}@{(undo < 0 ? disk.Snapshots[index].Name : $"undo{undo}")}");
        Attempt("open view", () =>
        {
            ISnapshotChain chain = _pool!.OpenChain(disk.Name);
            _views.Add(undo < 0 ? (chain.Open(disk.Snapshots[index].Name), disk.Snapshots[index].State) : (chain.Open(chain.UndoPoints[undo].Name), disk.UndoPoints[undo].State));
        });
    }

    private void CloseView(Step step)
    {
        if (_views.Count > 0)
        {
            int index = step.Pick % _views.Count;
            (IDisk view, DiskState state) = _views[index];
            _views.RemoveAt(index);
            Say($"close {view.Name}");
            Quietly(() => CompareState(view, state));
            view.Dispose();
        }
    }

    private void Say(string text)
    {
        Mix(text);
        _log?.Invoke($"{new string(' ', 2 * _depth)}{text}");
    }

    private ViolationException Violation(string message, Exception? cause = null)
    {
        _violation ??= cause is null ? message : $"{message}: {cause}";
        return new ViolationException(_violation);
    }

    private void ThrowIfViolated()
    {
        if (_violation is not null)
        {
            throw new ViolationException(_violation);
        }
    }
}
