using System.Globalization;
using System.Security.Cryptography;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Model;

/// <content>What there is, read and compared with the model.</content>
internal sealed partial class HistoryRunner
{
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

    private static IEnumerable<(long Offset, int Length)> Windows(long size)
        => Enumerable.Range(0, WindowCount)
            .Select(window => window * WindowStride)
            .Where(offset => offset < size)
            .Select(offset => (offset, (int)Math.Min(WindowBytes, size - offset)));
}
