using BlockSnap.Storage;

namespace BlockSnap.Simulation;

/// <content>What happens at the calls to the device: power cuts, failures, and other steps.</content>
internal sealed partial class Simulator
{
    private readonly List<ArmedFault> _armed = [];
    private readonly List<(Step Step, int Calls)> _waiting = [];
    private Nesting _nestable;
    private int _depth;
    private bool _isQuiet;
    private bool _isFull;
    private int _failedThisLife;
    private ulong _trace;

    // The power cut to come, how many calls away, and what it left once it came.
    private Step? _crash;
    private int _crashIn;
    private CrashableDevice? _left;

    private bool IsDown => _left is not null || _pool!.IsFaulted;

    // Called before every call to the device. Returns whether a read returns a flipped bit.
    private bool Meet(DeviceEvent call)
    {
        Mix(call);
        if (_isQuiet)
        {
            return false;
        }

        DoWaiting(call);
        ThrowIfCut();
        if (call.IsChange && _crash is not null && --_crashIn <= 0)
        {
            Strike();
            ThrowIfCut();
        }

        return Fail(call);
    }

    private void ThrowIfCut()
    {
        if (_left is not null)
        {
            throw new IOException("The power is cut.");
        }
    }

    private void Strike()
    {
        Step crash = _crash!;
        _left = _medium.CrashState(ModeOf(crash), crash.Fill);
        _crash = null;
        _recoveryCrash = crash.Length;
        _crashes++;
        Say($"power cut, {ModeOf(crash)} {crash.Fill}");
    }

    private bool Fail(DeviceEvent call)
    {
        if (_isFull && call.Call is DeviceCall.Allocate or DeviceCall.Open)
        {
            _failedThisLife++;
            throw new PoolFullException(null, null);
        }

        foreach (ArmedFault armed in _armed)
        {
            // What a flipped bit at the end of the log ends, nobody can tell from a power cut: none while the log is read.
            if ((_pool is not null || armed.Fault != DeviceFault.FlippedBit) && armed.Meets(call.Call))
            {
                _faults++;
                _failedThisLife++;
                Say($"{call.Call} {call.Name} at {call.Offset}: {armed.Fault}");
                _armed.RemoveAll(spent => spent.IsSpent);
                return armed.Fault switch
                {
                    DeviceFault.FlippedBit => true,
                    DeviceFault.NoSpace => throw new PoolFullException(null, null),
                    _ => throw new IOException($"Injected: {call.Call} of {call.Name}"),
                };
            }
        }

        return false;
    }

    // Does the steps that were to happen inside others, where neither locks nor the order of the log are in the way.
    private void DoWaiting(DeviceEvent call)
    {
        if (_pool is null || _depth > 0 || _nestable == Nesting.Nowhere || _left is not null)
        {
            return;
        }

        PoolLocks held = _pool.HeldLocks;
        if ((_nestable != Nesting.Anywhere && call.Call == DeviceCall.Read) || (_nestable == Nesting.WhileFlushing && !IsOwnFlush(held)))
        {
            return;
        }

        for (int i = 0; i < _waiting.Count; i++)
        {
            (Step step, int calls) = _waiting[i];
            if (calls > 1 || !IsFree(step, held) || IsDown)
            {
                _waiting[i] = (step, calls - 1);
                continue;
            }

            _waiting.RemoveAt(i--);
            _nestedCount++;
            _depth++;
            try
            {
                Do(step);
            }
            catch (ViolationException)
            {
                // kept; the step at the top tells it
            }
            finally
            {
                _depth--;
            }
        }
    }

    // The flush behind an operation, which has taken its last step then. One of a checkpoint or a compaction may make space for a step that is still to come.
    private static bool IsOwnFlush(PoolLocks held) => (held & (PoolLocks.Flush | PoolLocks.Checkpoint | PoolLocks.Compaction | PoolLocks.Upkeep)) == PoolLocks.Flush;

    // Whether a step can be done while the thread holds these locks, without waiting for one of them.
    private bool IsFree(Step step, PoolLocks held)
    {
        const long BytesMin = 1 << 17;
        int given = step.Kind == StepKind.Import ? LifeTranslator.ImportBytesMax : step.Length;
        long bytes = Math.Max(BytesMin, 2L * given); // a write leaves room at the end of small segments, and that counts for the log too
        const PoolLocks Flushing = PoolLocks.Gate | PoolLocks.Device | PoolLocks.Flush;
        const PoolLocks Checkpoints = Flushing | PoolLocks.Ledger | PoolLocks.Checkpoint;
        PoolLocks needed = step.Kind switch
        {
            StepKind.Write or StepKind.WriteZeroes or StepKind.Discard or StepKind.OpenView or StepKind.CloseView => PoolLocks.Gate,
            StepKind.DeleteSnapshots or StepKind.Trash or StepKind.DeleteGroup or StepKind.DeleteKept or StepKind.Purge or StepKind.Usage => Flushing | PoolLocks.Ledger,
            StepKind.Checkpoint or StepKind.Check or StepKind.Scrub => Checkpoints,
            StepKind.Work or StepKind.Compact => Checkpoints | PoolLocks.Compaction | PoolLocks.Upkeep,
            _ => Flushing,
        };
        return (held & needed) == 0 && (held == PoolLocks.None || (_sizes.BackgroundWork && !_pool!.WouldWait(bytes)));
    }

    private void Quietly(Action act) => Quietly(() =>
    {
        act();
        return true;
    });

    // Without failures, cuts and other steps: for looking.
    private T Quietly<T>(Func<T> act)
    {
        bool wasQuiet = _isQuiet;
        _isQuiet = true;
        try
        {
            return act();
        }
        finally
        {
            _isQuiet = wasQuiet;
        }
    }

    // No more power cuts and failures.
    private void Calm()
    {
        _armed.Clear();
        _crash = null;
        _isFull = false;
    }

    private void Mix(DeviceEvent call)
    {
        Mix(call.Name);
        foreach (ulong value in (ReadOnlySpan<ulong>)[(ulong)call.Call, (ulong)call.Offset, (ulong)call.Length, call.Checksum])
        {
            _trace = (_trace ^ value) * 0x9E3779B97F4A7C15UL;
            _trace ^= _trace >> 29;
        }
    }

    private void Mix(string text) => _trace = (_trace * 31) ^ BlockChecksum.Compute(System.Text.Encoding.UTF8.GetBytes(text));

    private static CrashMode ModeOf(Step crash) => (CrashMode)(crash.Pick % Enum.GetValues<CrashMode>().Length);
}
