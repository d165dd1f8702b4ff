namespace BlockSnap.Tests.Infrastructure;

/// <summary>A pool that lives at random: writes, discards, snapshots, rollbacks, clones, deletions with and without the trash, resizes.</summary>
internal sealed class RandomLife(TestPool test, PoolChoice choice, int seed)
{
    private const int DisksMax = 5;

    private readonly Random _random = new(seed);
    private readonly int _blocks = 20 + new Random(seed).Next(1500);
    private long _stamp;

    public Random Random => _random;

    public async Task RunAsync(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            await StepAsync();
        }
    }

    private async Task StepAsync()
    {
        DiskPool pool = test.Pool;
        DiskInfo[] disks = [.. pool.ListDisks()];
        if (disks.Length == 0)
        {
            (await pool.CreateDiskAsync($"disk{++_stamp}", (long)_blocks * choice.BlockBytes, choice.BlockSize)).Dispose();
            return;
        }

        using IDisk disk = pool.OpenDisk(disks[_random.Next(disks.Length)].Name);
        ISnapshotChain chain = disk.Chain;
        string? some = chain.Snapshots.Count == 0 ? null : chain.Snapshots[_random.Next(chain.Snapshots.Count)].Name;
        long blocks = disk.Size / choice.BlockBytes;
        switch (_random.Next(16))
        {
            case < 5:
                for (int n = _random.Next(8); n >= 0 && blocks > 0; n--)
                {
                    disk.WriteBlock(_random.NextInt64(blocks), seed: ++_stamp);
                }

                break;
            case 5 when blocks > 0:
                long first = _random.NextInt64(blocks);
                disk.Discard(first * choice.BlockBytes, _random.NextInt64(blocks - first + 1) * choice.BlockBytes);
                break;
            case 6 or 7:
                await chain.CreateAsync($"s{++_stamp}");
                break;
            case 8 when some is not null:
                await chain.DeleteAsync([some], new SnapshotDeleteOptions { Force = true, TrashGrace = _random.Next(2) == 0 ? TimeSpan.FromDays(1) : TimeSpan.Zero });
                break;
            case 9 when some is not null:
                await chain.RollbackAsync(some);
                break;
            case 10 when some is not null && disks.Length < DisksMax:
                (await chain.CloneAsync(some, $"disk{++_stamp}", chain.Find(some)!.Size * (1 + _random.Next(3)))).Dispose();
                break;
            case 11 when disks.Length == DisksMax:
                await pool.DeleteDiskAsync(disk.Name);
                break;
            case 12 when chain.UndoPoint is not null:
                await chain.UndoRollbackAsync();
                break;
            case 13 when chain.Trash.Count > 0:
                await chain.UndeleteAsync(chain.Trash[_random.Next(chain.Trash.Count)].Name);
                break;
            case 14:
                disk.Resize(_random.Next(_blocks * 2) * (long)choice.BlockBytes);
                break;
            case 15 when _random.Next(4) == 0:
                await pool.CheckpointAsync();
                break;
            case 15 when _random.Next(4) == 0:
                await test.ReopenAsync();
                break;
            case 15 when _random.Next(4) == 0:
                await pool.CompactAsync();
                break;
            default:
                break;
        }
    }
}
