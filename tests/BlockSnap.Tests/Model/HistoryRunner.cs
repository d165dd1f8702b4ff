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
                Assert.Null(await UsageComparison.FindAsync(_model, Pool));
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

    private ISnapshotChain Chain(DiskModel model) => Pool.OpenChain(model.Name);

    private string NextName(string prefix) => $"{prefix}{++_names}";

    private static T? Pick<T>(IEnumerable<T> items, int index)
        where T : class => LifeTranslator.Pick(items, index);
}
