using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Model;

/// <content>Clones, deletions, views and differences.</content>
internal sealed partial class HistoryRunner
{
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

    private void CloseViews()
    {
        _views.ForEach(view => view.Disk.Dispose());
        _views.Clear();
    }
}
