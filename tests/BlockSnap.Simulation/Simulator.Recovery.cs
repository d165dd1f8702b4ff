using BlockSnap.Catalogs;
using BlockSnap.Items;

namespace BlockSnap.Simulation;

/// <content>Opening, and judging what is there.</content>
internal sealed partial class Simulator
{
    private const int LockDaysMax = 10;

    // The segment that the log is in, one with what no checkpoint had to write again of the catalog, and the free files that are kept at rest.
    private const int FilesAtRestMax = 1 + 1 + 4;

    // Calls into the next recovery after which power is cut again; 0 = not.
    private int _recoveryCrash;

    // Whether a crash or a refusal left what several prefixes read alike: then nobody knows any more which blocks are stored twice.
    private bool _isBlurred;

    private void Open(bool create)
    {
        _queue = new SimulatedWorkQueue();
        _failedThisLife = 0;
        _translator.Quota = _quota;
        var options = new DiskPoolOptions
        {
            SegmentBytes = _sizes.SegmentBytes,
            CacheBytes = _sizes.CacheBytes,
            WriteBufferBytes = _sizes.WriteBufferBytes,
            CheckpointBytes = _sizes.CheckpointBytes,
            DeadShare = _sizes.DeadShare,
            BackgroundWork = _sizes.BackgroundWork,
            SnapshotQuota = _quota,
            EventsKept = _sizes.EventsKept,
            TimeProvider = _time,
            WorkQueue = _queue,
            NewGuid = () => new Guid(++_ids, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        };
        var device = new SimulatedDevice(_sabotage == Sabotage.None ? _medium : new SabotagedDevice(_medium, _sabotage), Meet);
        _pool = null;
        _pool = (create ? DiskPool.CreateAsync(device, options) : DiskPool.OpenAsync(device, options)).GetAwaiter().GetResult();
    }

    // The process ends because its pool is faulted, and begins again: on the same device, or after a power cut too.
    private void Restart()
    {
        try
        {
            _pool!.FlushAsync().AsTask().GetAwaiter().GetResult();
            throw Violation("a flush was acknowledged after a write or flush had failed (I12)");
        }
        catch (PoolFaultedException)
        {
        }

        if (_failedThisLife == 0)
        {
            throw Violation("the pool is faulted although nothing was wrong with the device");
        }

        int choice = _chance.Next(8);
        _armed.Clear();
        _isFull = false;
        Recover("fault", choice < 5 ? _medium.CrashState((CrashMode)choice, _chance.Next(1 << 20)) : _medium);
    }

    private void Recover(string why) => Recover(why, _left!);

    // Opens what is left. Power may be cut while that goes on; a failure of the device may end it, but then the next try must do.
    private void Recover(string why, CrashableDevice left, bool isClean = false)
    {
        DropViews();
        IReadOnlyList<string>? facts = null;
        if (_pool is not null)
        {
            facts = CatalogFacts.Of(_pool);
            NoteEvents();
            _pool.Abandon();
        }

        for (int attempt = 0; ; attempt++)
        {
            _medium = left;
            _left = null;
            if (!isClean)
            {
                _crash = _recoveryCrash > 0 ? new Step(StepKind.Crash, Pick: _recoveryCrash % 5, Fill: _recoveryCrash) : null;
                _crashIn = _recoveryCrash;
                _recoveryCrash = 0;
            }

            Say($"open after {why}");
            try
            {
                Open(create: false);
                break;
            }
            catch (Exception e) when (_left is not null)
            {
                Mix(e.GetType().Name);
                left = _left;
                isClean = false;
                why = "power cut in recovery";
            }
            catch (IOException e) when (_failedThisLife > 0 && attempt < 20)
            {
                Say($"opening failed: {e.GetType().Name}: {e.Message}");
                _armed.RemoveAll(fault => attempt > 2);
                _isFull = false;
                why = "opening failed";
            }
            catch (Exception e)
            {
                throw Violation($"opening after {why}", e);
            }
        }

        int before = _run.Count;
        Compare(isClean);
        CompareEvents(isClean);
        if (facts is not null && _run.Count == before && _run.FoundCount == 1)
        {
            CompareFacts(facts, why);
        }

        if (!isClean)
        {
            _crash = null;
            Quietly(() => Check(_pool!));
        }
    }

    // What the pool holds must be a prefix; it becomes the truth.
    private void Compare(bool exact)
    {
        string digest;
        try
        {
            digest = Quietly(() => PoolDigest.Of(_pool!));
        }
        catch (Exception e) when (e is not ViolationException)
        {
            throw Violation("reading everything", e);
        }

        int steps = Find(digest);
        if (steps < 0 || (exact && steps != _run.Count))
        {
            throw Violation(steps < 0 ? _run.Explain(digest) : $"{_run.Count - steps} steps are missing after a clean stop");
        }

        _run.ReturnTo(steps);
    }

    // What an open pool holds must be what the model says, to the last step.
    private void CompareAll(string what)
    {
        string digest = Quietly(() => PoolDigest.Of(_pool!));
        if (digest != PoolDigest.Of(_run.Model))
        {
            throw Violation($"after {what}: {_run.Explain(digest)}");
        }
    }

    private int Find(string digest)
    {
        int steps = _run.Find(digest);
        _isBlurred |= _run.FoundCount > 1;
        return steps;
    }

    // Not after a failed read: a node that could not be read keeps its blocks until it is tried again.
    private void CompareUsage()
    {
        if (_depth == 0 && !IsDown && !_isBlurred && _failedThisLife == 0 && Quietly(() => UsageComparison.FindAsync(_run.Model, _pool!).GetAwaiter().GetResult()) is { } difference)
        {
            throw Violation(difference);
        }
    }

    // Nothing was lost: so everything is known as it was, from the checkpoint and from the log.
    private void CompareFacts(IReadOnlyList<string> before, string why)
    {
        IReadOnlyList<string> after = CatalogFacts.Of(_pool!);
        if (!after.SequenceEqual(before))
        {
            throw Violation($"{why}: what is known changed: before {string.Join(" | ", before.Except(after))}, after {string.Join(" | ", after.Except(before))}");
        }
    }

    private void CompareHead(DiskModel model)
    {
        try
        {
            Quietly(() =>
            {
                using IDisk disk = _pool!.OpenDisk(model.Name);
                CompareState(disk, model.Head);
            });
        }
        catch (Exception e) when (e is not ViolationException)
        {
            throw Violation($"reading {model.Name}", e);
        }
    }

    private void CompareState(IDisk disk, DiskState state)
    {
        if (disk.Size != state.Size)
        {
            throw Violation($"{disk.Name} has {disk.Size} bytes and should have {state.Size}");
        }

        foreach ((long offset, int length) in PoolDigest.Windows(state.Size))
        {
            byte[] expected = new byte[length];
            byte[] actual = new byte[length];
            state.Read(offset, expected);
            disk.Read(offset, actual);
            int same = expected.AsSpan().CommonPrefixLength(actual);
            if (same < length)
            {
                throw Violation($"{disk.Name} differs at byte {offset + same}: {actual[same]} instead of {expected[same]}");
            }
        }
    }

    private void Check(DiskPool pool)
    {
        CheckResult result = pool.CheckAsync(verifyData: true).GetAwaiter().GetResult();
        if (!result.Ok && _failedThisLife == 0)
        {
            throw Violation($"the check found: {string.Join("; ", result.Errors.Take(4))}");
        }

        string? unknown = pool.IsFaulted ? null : _medium.List().FirstOrDefault(name => !pool.KnowsFile(name));
        if (unknown is not null)
        {
            throw Violation($"the file {unknown} lies on the device and the pool does not know it");
        }
    }

    // Deletes everything, once nothing is locked any more: then nothing may be in use.
    private void Empty()
    {
        DateTimeOffset end = _time.GetUtcNow().AddDays(LockDaysMax);
        Do(PoolOperations.Resume());
        foreach (string image in _run.Model.Images.Keys.ToArray())
        {
            Do(PoolOperations.DeleteImage(image));
        }

        foreach (string policy in _run.Model.Policies.Keys.ToArray())
        {
            Do(PolicyOperations.Delete(policy));
        }

        foreach (DiskModel disk in _run.Model.Disks.ToArray())
        {
            foreach ((SnapshotModel snapshot, string hold) in disk.Snapshots.SelectMany(snapshot => snapshot.Holds.Select(hold => (snapshot, hold))).ToArray())
            {
                Do(SnapshotOperations.Release(disk.Name, snapshot.Name, hold));
            }

            if (!disk.IsReleased)
            {
                Do(Operations.DeleteDisk(disk.Name, end));
            }
        }

        Do(PoolOperations.Purge(end));
        Compare(exact: true);
        if (_run.Model.Disks.Count > 0)
        {
            throw Violation($"everything was deleted, and there is {PoolDigest.Of(_run.Model)}");
        }

        if (_pool!.Core.Catalog.Owners.Any(owner => owner is not ItemState { Value: PoolEvent or ClockItem or QuotaItem }))
        {
            throw Violation($"everything was deleted, and the catalog has {string.Join(" | ", CatalogFacts.Of(_pool))}");
        }

        _run.Do(_pool!, Operations.Compact());
        _run.Do(_pool!, Operations.Checkpoint()); // what the last one emptied goes with the next
        PoolUsage usage = _pool!.GetUsageAsync().GetAwaiter().GetResult();
        if (usage.ReferencedBytes != 0)
        {
            throw Violation($"the pool is empty, and {usage.ReferencedBytes} bytes of it are referred to");
        }

        int segments = _medium.List().Count(name => name.StartsWith("data-", StringComparison.Ordinal));
        if (segments > FilesAtRestMax)
        {
            throw Violation($"the pool is empty, and {segments} data files are left");
        }

        void Do(CrashOperation operation) => _run.Do(_pool!, operation.At(end));
    }

    private void DropViews()
    {
        foreach ((IDisk view, _) in _views)
        {
            view.Dispose();
        }

        _views.Clear();
    }
}
