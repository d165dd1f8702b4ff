using System.Globalization;
using System.Security.Cryptography;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Model;

/// <summary>
/// Does the steps of a history to a real pool and to its model side by side, and compares them as it goes. A disk may be huge: what is
/// written lies in a few windows of it, far apart, so that deep maps are met and a disk can still be read whole.
/// </summary>
internal sealed partial class HistoryRunner : IAsyncDisposable
{
    /// <summary>Bytes of each place that is written to.</summary>
    public const int WindowBytes = 1 << 18;

    private const int WindowCount = 3;
    private const long WindowStride = 1L << 45;
    private const long FirstDiskBytes = 200_000; // No whole number of blocks of any size.
    private const int SnapshotsMax = 10;
    private const int DisksMax = 4;
    private const int ViewsMax = 3;

    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    private readonly TestPool _test;
    private readonly PoolChoice _choice;
    private readonly PoolModel _model = new();
    private readonly List<(IDisk Disk, DiskState State)> _views = [];
    private readonly ManualTime _time;
    private readonly LifeTranslator _life;
    private readonly Action<CrashOperation>? _done;
    private int _names;
    private long _seed;

    private HistoryRunner(TestPool test, PoolChoice choice, ManualTime time, Action<CrashOperation>? done)
    {
        _test = test;
        _choice = choice;
        _time = time;
        _done = done;
        _life = new LifeTranslator(NextName, () => ++_seed) { DisksMax = DisksMax, SnapshotsMax = SnapshotsMax };
    }

    private DiskPool Pool => _test.Pool;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Runs a history in a pool of its own.</summary>
    /// <param name="history">The steps.</param>
    /// <param name="choice">The sizes of the pool.</param>
    /// <param name="inDirectory">Whether it lies in a directory.</param>
    /// <param name="done">Told of operations that simulation and crash tests have too, as they were done.</param>
    /// <returns>A digest of what all disks and snapshots read at the end.</returns>
    public static async Task<string> RunAsync(History history, PoolChoice choice, bool inDirectory = false, Action<CrashOperation>? done = null)
    {
        var time = new ManualTime();
        DiskPoolOptions options = choice.ToOptions(time: time);
        await using var runner = new HistoryRunner(
            inDirectory ? await TestPool.CreateInDirectoryAsync(options) : await TestPool.CreateAsync(options),
            choice,
            time,
            done);
        await runner.CreateDiskAsync(FirstDiskBytes);
        foreach ((int number, Step step) in history.Steps.Index())
        {
            try
            {
                await runner.DoAsync(step);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Step {number} of {history.Steps.Count}, {step}, options '{choice}': {failure.Message}", failure);
            }
        }

        await runner.VerifyAllAsync();
        await runner.Pool.AssertSoundAsync();
        return runner.Digest();
    }

    public async ValueTask DisposeAsync()
    {
        CloseViews();
        await _test.DisposeAsync();
    }

    private async Task DoAsync(Step step)
    {
        _time.Advance(s_pace);
        DiskModel? live = Pick(_model.LiveDisks, step.Disk);
        DiskModel? any = Pick(_model.Disks, step.Disk);
        switch (step.Kind)
        {
            case StepKind.CreateDisk:
                await CreateDiskAsync(Position(step.At, long.MaxValue));
                break;
            case StepKind.Compact:
                await Pool.CompactAsync();
                await VerifyAllAsync();
                break;
            case StepKind.Checkpoint:
                await Pool.CheckpointAsync();
                await VerifyAllAsync();
                break;
            case StepKind.Check:
                await Pool.AssertSoundAsync();
                break;
            case StepKind.Reopen:
                CloseViews();
                await _test.ReopenAsync();
                await VerifyAllAsync();
                break;
            case StepKind.Kill:
                await Pool.FlushAsync();
                CloseViews();
                await _test.KillAsync();
                await VerifyAllAsync();
                break;
            case StepKind.Diff:
                await DiffAsync(step);
                break;
            case StepKind.Usage:
                await VerifyUsageAsync();
                break;
            case StepKind.DeleteSnapshots when any is not null:
                await DeleteSnapshotsAsync(any, step);
                break;
            case StepKind.Clone when any is not null:
                await CloneAsync(any, step);
                break;
            case StepKind.OpenView when any is not null:
                OpenView(any, step);
                break;
            case StepKind.Trash when any is not null:
                await TrashAsync(any, step);
                break;
            case StepKind.Snapshot when live is not null && (_model.IsSuspended || _model.MakeRoom(live, isAutomatic: false, _life.QuotaOf(_model), Now) is null):
                await LiveAsync(step with { Kind = StepKind.SpecialSnapshot });
                break;
            case >= StepKind.SpecialSnapshot and not StepKind.Trash:
                await LiveAsync(step);
                break;
            default:
                if (live is not null)
                {
                    await DoToDiskAsync(live, step);
                }

                break;
        }
    }

    private async Task DoToDiskAsync(DiskModel model, Step step)
    {
        using IDisk disk = Pool.OpenDisk(model.Name);
        DiskState head = model.Head;
        long offset = Position(step.At, head.Size);
        switch (step.Kind)
        {
            case StepKind.Write:
                byte[] data = Data(step.Fill, (int)LengthInWindow(step.Length, offset, head.Size));
                if (step.Pick % 2 == 0)
                {
                    disk.Write(offset, data);
                }
                else
                {
                    await disk.WriteAsync(offset, data);
                }

                head.Write(offset, data);
                break;
            case StepKind.WriteZeroes:
                long zeros = LengthInWindow(step.Length, offset, head.Size);
                if (step.Pick % 2 == 0)
                {
                    disk.WriteZeroes(offset, zeros);
                }
                else
                {
                    await disk.WriteZeroesAsync(offset, zeros);
                }

                head.WriteZeroes(offset, zeros);
                break;
            case StepKind.Discard:
                long discarded = LengthInWindow(step.Length, offset, head.Size);
                if (step.Pick % 2 == 0)
                {
                    disk.Discard(offset, discarded);
                }
                else
                {
                    await disk.DiscardAsync(offset, discarded);
                }

                head.Discard(offset, discarded);
                break;
            case StepKind.Resize:
                long size = Position(step.At, long.MaxValue);
                if (step.Pick % 2 == 0)
                {
                    disk.Resize(size);
                }
                else
                {
                    await disk.ResizeAsync(size);
                }

                head.Resize(size);
                break;
            case StepKind.Flush:
                if (step.Pick % 2 == 0)
                {
                    disk.Flush();
                }
                else
                {
                    await disk.FlushAsync();
                }

                return;
            case StepKind.Snapshot:
                if (model.Snapshots.Count < SnapshotsMax)
                {
                    string name = NextName("s");
                    Assert.Equal(head.Size, (await disk.Chain.CreateAsync(name)).Size);
                    model.Snapshot(name);
                }

                return;
            case StepKind.Rollback:
                if (Pick(model.Snapshots.Where(snapshot => snapshot.Kind != SnapshotKind.Copied), step.Pick) is { } target)
                {
                    await disk.Chain.RollbackAsync(target.Name);
                    model.Rollback(target, Now);
                }

                break;
            case StepKind.Undo:
                if (model.UndoPoint is null)
                {
                    await Assert.ThrowsAsync<ConflictException>(() => disk.Chain.UndoRollbackAsync());
                    return;
                }

                if (step.Fill % 3 == 0)
                {
                    int index = step.Pick % model.UndoPoints.Count;
                    await disk.Chain.UndoRollbackAsync(disk.Chain.UndoPoints[index].Name);
                    model.Undo(Now, index);
                    break;
                }

                await disk.Chain.UndoRollbackAsync();
                model.Undo(Now);
                break;
            case StepKind.DeleteDisk:
                await Pool.DeleteDiskAsync(model.Name);
                _model.Release(model.Name, Now);
                await VerifyAllAsync();
                return;
            default:
                throw new InvalidOperationException($"No such step: {step.Kind}.");
        }

        await VerifyAsync(disk, model.Head);
    }

    private async Task CreateDiskAsync(long size)
    {
        if (_model.LiveDisks.Count() < DisksMax)
        {
            string name = NextName("disk");
            using IDisk disk = await Pool.CreateDiskAsync(name, size, _choice.BlockSize);
            _model.Add(new DiskModel(name, new DiskState(_choice.BlockBytes, size)));
        }
    }

    private async Task CloneAsync(DiskModel model, Step step)
    {
        if (Pick(model.Snapshots, step.Pick) is { } snapshot && _model.LiveDisks.Count() < DisksMax)
        {
            string name = NextName("clone");
            long size = snapshot.State.Size + (step.Fill == 0 ? 0 : step.At);
            using IDisk clone = await Chain(model).CloneAsync(snapshot.Name, name, size);
            DiskModel cloned = model.Clone(snapshot, name, size);
            _model.Add(cloned);
            await VerifyAsync(clone, cloned.Head);
        }
    }

    private async Task DeleteSnapshotsAsync(DiskModel model, Step step)
    {
        SnapshotModel[] free = [.. model.Snapshots.Where(snapshot => _model.IsDeletable(model, snapshot, Now))];
        if (free.Length == 0)
        {
            return;
        }

        // One after the other from Pick on, or every other one.
        int stride = 1 + (step.Fill % 2);
        SnapshotModel[] gone = [.. Enumerable.Range(0, 1 + step.Length).Select(i => Pick(free, step.Pick + (i * stride))!).Distinct()];
        string[] names = [.. gone.Select(snapshot => snapshot.Name)];
        string[] clones = [.. _model.ClonesOf(gone).Order(StringComparer.Ordinal)];
        ByteBounds freed = _model.Exclusive([.. gone.Select(snapshot => snapshot.State)]);
        ISnapshotChain chain = Chain(model);

        DeletePreview preview = await chain.PreviewDeleteAsync(names);
        freed.AssertHolds(preview.FreedBytes, "The preview's freed bytes");
        Assert.Equal(clones, preview.Clones.Order(StringComparer.Ordinal));
        Assert.Equal(model.Snapshots.Where(gone.Contains).Select(snapshot => snapshot.Name), preview.Snapshots.Select(snapshot => snapshot.Name));
        if (clones.Length > 0)
        {
            await Assert.ThrowsAsync<SnapshotInUseException>(() => chain.DeleteAsync(names));
        }

        DeletePreview done = await chain.DeleteAsync(names, force: clones.Length > 0);
        Assert.Equal(preview.FreedBytes, done.FreedBytes);
        model.Delete(names);
        _model.ForgetGone();

        await VerifyAllAsync();
    }

    private void OpenView(DiskModel model, Step step)
    {
        if (Pick(model.Snapshots, step.Pick) is { } snapshot && _views.Count < ViewsMax)
        {
            _views.Add((Chain(model).Open(snapshot.Name), snapshot.State));
        }
    }

    private async Task DiffAsync(Step step)
    {
        (string Name, DiskState State)[] all = [.. States().Where(entry => !entry.Name.Contains("@undo", StringComparison.Ordinal))];
        if (all.Length == 0)
        {
            return;
        }

        (string toName, DiskState to) = all[(step.Disk + step.Pick) % all.Length];
        int fromIndex = (step.Pick + step.Length) % (all.Length + 1);
        using IDisk toDisk = Open(toName);
        if (fromIndex == all.Length)
        {
            DiffAssert.Holds(await Pool.GetDiffAsync(null, toDisk), new DiskState(_choice.BlockBytes, to.Size), to);
            return;
        }

        (string fromName, DiskState from) = all[fromIndex];
        using IDisk fromDisk = Open(fromName);
        DiffAssert.Holds(await Pool.GetDiffAsync(fromDisk, toDisk), from, to);
    }

    private async Task VerifyUsageAsync()
    {
        PoolUsage pool = await Pool.GetUsageAsync();
        Assert.Equal(_model.LiveDisks.Sum(disk => disk.Head.Size), pool.LogicalBytes);
        foreach (DiskModel model in _model.Disks)
        {
            ISnapshotChain chain = Chain(model);
            IReadOnlyList<SnapshotUsage> usage = await chain.GetUsageAsync();
            Assert.Equal(model.Snapshots.Select(snapshot => snapshot.Name), usage.Select(entry => entry.Snapshot.Name));
            foreach ((SnapshotModel snapshot, SnapshotUsage entry) in model.Snapshots.Zip(usage))
            {
                PoolModel.Stored(model, snapshot).AssertHolds(entry.StoredBytes, $"StoredBytes of {snapshot.Name}");
                _model.Exclusive([snapshot.State]).AssertHolds(entry.ExclusiveBytes, $"ExclusiveBytes of {snapshot.Name}");
                ByteBounds.Of(snapshot.State.Blocks.Values).AssertHolds(entry.ExclusiveBytes + entry.SharedBytes, $"ExclusiveBytes + SharedBytes of {snapshot.Name}");
            }

            if (pool.Disks.SingleOrDefault(entry => entry.Name == model.Name) is { } disk && !model.IsReleased)
            {
                Assert.Equal(model.Head.Size, disk.LogicalBytes);
                ByteBounds.Of(model.Head.Blocks.Values).AssertHolds(disk.ReferencedBytes, $"ReferencedBytes of {model.Name}");
                _model.Exclusive([model.Head]).AssertHolds(disk.ExclusiveBytes, $"ExclusiveBytes of {model.Name}");
                ByteBounds.Of(model.Snapshots.SelectMany(snapshot => snapshot.State.Blocks.Values)).AssertHolds(disk.SnapshotBytes, $"SnapshotBytes of {model.Name}");
            }
        }
    }

    /// <summary>Reads everything there is and compares it with the model.</summary>
    private async Task VerifyAllAsync()
    {
        Assert.Equal(_model.LiveDisks.Select(disk => disk.Name).Order(StringComparer.Ordinal), Pool.ListDisks().Select(disk => disk.Name).Order(StringComparer.Ordinal));
        Assert.Equal(_model.Disks.Select(disk => disk.Name).Order(StringComparer.Ordinal), Pool.ListDisks(includeReleased: true).Select(disk => disk.Name).Order(StringComparer.Ordinal));
        foreach (DiskModel model in _model.Disks)
        {
            ISnapshotChain chain = Chain(model);
            Assert.Equal(model.Snapshots.Select(snapshot => (snapshot.Name, snapshot.State.Size)), chain.Snapshots.Select(snapshot => (snapshot.Name, snapshot.Size)));
            Assert.Equal(model.Snapshots.Select(snapshot => _model.ClonesOf([snapshot]).Count()), chain.Snapshots.Select(snapshot => snapshot.CloneCount));
            Assert.Equal(model.Trash.OrderBy(snapshot => snapshot.Order).Select(snapshot => snapshot.Name), chain.Trash.Select(snapshot => snapshot.Name));
            Assert.Equal(model.UndoPoints.Select(point => point.State.Size), chain.UndoPoints.Select(point => point.Size));
        }

        foreach ((string name, DiskState state) in States())
        {
            using IDisk disk = Open(name);
            await VerifyAsync(disk, state);
        }

        foreach ((IDisk disk, DiskState state) in _views)
        {
            await VerifyAsync(disk, state);
        }
    }

    private static async Task VerifyAsync(IDisk disk, DiskState state)
    {
        Assert.Equal(state.Size, disk.Size);
        foreach ((long offset, int length) in Windows(state.Size))
        {
            byte[] expected = new byte[length];
            state.Read(offset, expected);
            byte[] actual = disk.ReadBytes(offset, length);
            if (!expected.AsSpan().SequenceEqual(actual))
            {
                int first = expected.AsSpan().CommonPrefixLength(actual);
                Assert.Fail($"{disk.Name} differs at byte {offset + first}: expected {expected[first]}, found {actual[first]}.");
            }
        }

        List<long> allocated = await disk.GetAllocatedBlocksAsync();
        long[] missing = [.. state.Blocks.Where(entry => !entry.Value.MayBeHole).Select(entry => entry.Key).Except(allocated)];
        Assert.True(missing.Length == 0, $"{disk.Name} holds data in block {missing.FirstOrDefault()}, which is not among its allocated extents.");
        long[] extra = [.. allocated.Except(state.Blocks.Keys)];
        Assert.True(extra.Length == 0, $"{disk.Name} has a hole in block {extra.FirstOrDefault()}, which is among its allocated extents.");
    }

    private string Digest()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, DiskState _) in States())
        {
            using IDisk disk = Open(name);
            foreach ((long offset, int length) in Windows(disk.Size))
            {
                digest.AppendData(disk.ReadBytes(offset, length));
            }
        }

        return Convert.ToHexString(digest.GetHashAndReset());
    }

    // Every state by name: a disk, "disk@snapshot", "disk@undo0" and so on for the undo points.
    private IEnumerable<(string Name, DiskState State)> States()
    {
        foreach (DiskModel model in _model.Disks)
        {
            if (!model.IsReleased)
            {
                yield return (model.Name, model.Head);
            }

            foreach ((int index, UndoModel undo) in model.UndoPoints.Index())
            {
                yield return ($"{model.Name}@undo{index}", undo.State);
            }

            foreach (SnapshotModel snapshot in model.Snapshots)
            {
                yield return ($"{model.Name}@{snapshot.Name}", snapshot.State);
            }
        }
    }

    private IDisk Open(string name)
    {
        if (name.Split('@') is not [string diskName, string snapshotName])
        {
            return Pool.OpenDisk(name);
        }

        ISnapshotChain chain = Pool.OpenChain(diskName);
        return chain.Open(snapshotName.StartsWith("undo", StringComparison.Ordinal) ? chain.UndoPoints[int.Parse(snapshotName.AsSpan(4), CultureInfo.InvariantCulture)].Name : snapshotName);
    }

    private ISnapshotChain Chain(DiskModel model) => Pool.OpenChain(model.Name);

    private void CloseViews()
    {
        _views.ForEach(view => view.Disk.Dispose());
        _views.Clear();
    }

    private string NextName(string prefix) => $"{prefix}{++_names}";

    // Never the same data twice, so that a block out of place shows.
    private byte[] Data(int fill, int length)
    {
        byte[] data = new byte[length];
        if (fill > 0)
        {
            Pattern.Fill(data, ++_seed);
        }

        if (fill == 1)
        {
            data.AsSpan(length / 4, length / 2).Clear();
        }

        return data;
    }

    private static T? Pick<T>(IEnumerable<T> items, int index)
        where T : class => LifeTranslator.Pick(items, index);

    // A position in a window, or, when the size ends before it, one up to the size.
    private static long Position(int at, long size)
    {
        long position = (at / WindowBytes % WindowCount * WindowStride) + (at % WindowBytes);
        return position <= size ? position : at % WindowBytes % (Math.Min(size, WindowBytes - 1) + 1);
    }

    private static long LengthInWindow(int length, long offset, long size)
        => length == Step.Everything ? size - offset : Math.Min(length, Math.Min(WindowBytes - (offset % WindowStride), size - offset));

    private static IEnumerable<(long Offset, int Length)> Windows(long size)
        => Enumerable.Range(0, WindowCount)
            .Select(window => window * WindowStride)
            .Where(offset => offset < size)
            .Select(offset => (offset, (int)Math.Min(WindowBytes, size - offset)));
}
