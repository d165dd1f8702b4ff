using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Disks;

/// <summary>
/// Compaction, releases and checkpoints race a reader and random writes, snapshots, deletions, rollbacks, clones and kills (F29): after each
/// operation every disk and every snapshot there is holds what it did. BLOCKSNAP_CRASH_ALL=1 does 100,000 operations.
/// </summary>
public sealed class AncestorTests(ITestOutputHelper output)
{
    private const int Block = 512;
    private const int Blocks = 8;
    private const int SnapshotsMax = 6; // of a disk
    private const int DisksMax = 3;
    private const int OperationsBetweenKills = 500;

    // What disks and snapshots hold: the number of the write that each block was last stamped with, 0 for a hole.
    private readonly Dictionary<string, long[]> _heads = [];
    private readonly Dictionary<(string Disk, string Name), long[]> _snapshots = [];
    private readonly Random _random = new(1);
    private readonly byte[] _buffer = new byte[Blocks * Block];
    private long _number;
    private long _verified;

    [Fact]
    public async Task RandomOperations_BesideCompactionAndAReader_ChangeNoAncestor()
    {
        int operations = LongRun.IsAsked ? 100_000 : 10_000;
        PoolChoice choice = PoolChoice.Named("small in the background") with { BlockBytes = Block };
        await using TestPool test = await TestPool.CreateAsync(choice, SnapshotQuota.Unlimited);
        (await test.Pool.CreateDiskAsync("d0", _buffer.Length, choice.BlockSize)).Dispose();
        _heads["d0"] = new long[Blocks];
        int kills = 0;
        int compactions = 0;
        for (int done = 0; done < operations; kills++)
        {
            using var stop = new CancellationTokenSource();
            DiskPool pool = test.Pool;
            Task compacting = Task.Run(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await pool.CompactAsync(cancellationToken: CancellationToken.None);
                    await pool.CheckpointAsync(CancellationToken.None);
                    compactions++;
                    await Task.Delay(1, CancellationToken.None); // others want the pool too
                }
            });
            Task reading = Task.Run(() => ReadViewsUntil(pool, stop.Token));
            for (int i = 0; i < OperationsBetweenKills; i++, done++)
            {
                await DoAnyAsync(pool);
                VerifyAll(pool, $"operation {done}");
            }

            await stop.CancelAsync();
            await Task.WhenAll(compacting, reading);
            await pool.FlushAsync();
            await test.KillAsync();
            VerifyAll(test.Pool, $"kill {kills}");
        }

        await test.Pool.AssertSoundAsync();
        output.WriteLine(
            $"{operations} operations, {compactions} compactions, {kills} kills; {_verified} disks and snapshots compared, 0 differences");
    }

    // What a view that is held open shows never changes, and no block of it is torn.
    private static void ReadViewsUntil(DiskPool pool, CancellationToken stop)
    {
        byte[] first = new byte[Blocks * Block];
        byte[] again = new byte[Blocks * Block];
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            IReadOnlyList<DiskInfo> disks = pool.ListDisks();
            try
            {
                ISnapshotChain chain = pool.OpenChain(disks[i % disks.Count].Name);
                IReadOnlyList<Snapshot> snapshots = chain.Snapshots;
                if (snapshots.Count > 0)
                {
                    using IDisk view = chain.Open(snapshots[i % snapshots.Count].Name);
                    view.Read(0, first);
                    Thread.Yield();
                    view.Read(0, again);
                    Assert.Equal(first, again);
                }
            }
            catch (Exception e) when (e is DiskNotFoundException or SnapshotNotFoundException)
            {
                // It was deleted after it was chosen and before it was opened.
            }
        }
    }

    private async Task DoAnyAsync(DiskPool pool)
    {
        string name = _heads.Keys.ElementAt(_random.Next(_heads.Count));
        using IDisk disk = pool.OpenDisk(name);
        string[] own = [.. _snapshots.Keys.Where(key => key.Disk == name).Select(key => key.Name)];
        string? any = own.Length > 0 ? own[_random.Next(own.Length)] : null;
        switch (_random.Next(12))
        {
            case 0 or 1 when own.Length < SnapshotsMax:
                string made = $"s{++_number}";
                await disk.Chain.CreateAsync(made);
                _snapshots[(name, made)] = [.. _heads[name]];
                break;
            case 2 when any is not null:
                await disk.Chain.DeleteAsync([any], force: true);
                _snapshots.Remove((name, any));
                break;
            case 3 when any is not null:
                await disk.Chain.RollbackAsync(any);
                await disk.Chain.DeleteAsync([disk.Chain.UndoPoint!.Name]);
                _heads[name] = [.. _snapshots[(name, any)]];
                break;
            case 4 when any is not null && _heads.Count < DisksMax:
                string clone = $"d{++_number}";
                (await disk.Chain.CloneAsync(any, clone)).Dispose();
                _heads[clone] = [.. _snapshots[(name, any)]];
                break;
            case 5 when _heads.Count > 1 && _random.Next(4) == 0:
                if (own.Length > 0)
                {
                    await disk.Chain.DeleteAsync(own, force: true);
                }

                await pool.DeleteDiskAsync(name);
                _heads.Remove(name);
                foreach (string gone in own)
                {
                    _snapshots.Remove((name, gone));
                }

                break;
            case 6:
                int hole = _random.Next(Blocks);
                disk.Discard(hole * Block, Block);
                _heads[name][hole] = 0;
                break;
            default:
                int index = _random.Next(Blocks);
                Pattern.Stamp(_buffer.AsSpan(0, Block), ++_number);
                disk.Write(index * Block, _buffer.AsSpan(0, Block));
                _heads[name][index] = _number;
                break;
        }
    }

    private void VerifyAll(DiskPool pool, string where)
    {
        foreach ((string name, long[] stamps) in _heads)
        {
            using IDisk disk = pool.OpenDisk(name);
            Verify(disk, stamps, where, name);
        }

        foreach (((string name, string snapshot), long[] stamps) in _snapshots)
        {
            using IDisk view = pool.OpenChain(name).Open(snapshot);
            Verify(view, stamps, where, $"{name}@{snapshot}");
        }
    }

    private void Verify(IDisk disk, long[] stamps, string where, string what)
    {
        disk.Read(0, _buffer);
        for (int index = 0; index < Blocks; index++)
        {
            long read = Pattern.ReadStamp(_buffer.AsSpan(index * Block, Block));
            Assert.True(read == stamps[index], $"{where}: block {index} of {what} is {read}, not {stamps[index]}");
        }

        _verified++;
    }
}
