using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Model;

/// <summary>Steps of groups, images, policies, locks, the trash and what else concerns more than blocks.</summary>
internal sealed partial class HistoryRunner
{
    private async Task TrashAsync(DiskModel model, Step step)
    {
        if (Pick(model.Snapshots.Where(snapshot => _model.IsDeletable(model, snapshot, Now)), step.Pick) is { } snapshot)
        {
            var options = new SnapshotDeleteOptions { Force = true, IgnoreUnknown = true, TrashGrace = TimeSpan.FromDays(1) };
            ByteBounds freed = _model.Exclusive([snapshot.State]);
            DeletePreview done = await Chain(model).DeleteAsync([snapshot.Name, "unknown"], options);
            freed.AssertHolds(done.FreedBytes, "What the trash will free");
            model.MoveToTrash(snapshot.Name, Now.AddDays(1));
            await VerifyAllAsync();
        }
    }

    // To the pool and to the model; then both must say the same of everything.
    private async Task LiveAsync(Step step)
    {
        if (_life.Translate(step, _model, Now) is not { } operation)
        {
            return;
        }

        await operation.Do(Pool);
        foreach (Action<PoolModel> change in operation.Steps)
        {
            change(_model);
        }

        _done?.Invoke(operation);
        Assert.Equal(PoolDigest.Of(_model), PoolDigest.Of(Pool));
        await VerifyAllAsync();
    }
}
