namespace BlockSnap.Tests.Model;

/// <content>Disks: made, written to, resized, taken back.</content>
internal sealed partial class HistoryRunner
{
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

    // A position in a window, or, when the size ends before it, one up to the size.
    private static long Position(int at, long size)
    {
        long position = (at / WindowBytes % WindowCount * WindowStride) + (at % WindowBytes);
        return position <= size ? position : at % WindowBytes % (Math.Min(size, WindowBytes - 1) + 1);
    }

    private static long LengthInWindow(int length, long offset, long size)
        => length == Step.Everything ? size - offset : Math.Min(length, Math.Min(WindowBytes - (offset % WindowStride), size - offset));
}
