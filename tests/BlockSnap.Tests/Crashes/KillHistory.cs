using System.Globalization;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>
/// What the processes that worked on one pool in turn have acknowledged, and whether the pool holds it: the verb pool-kill of
/// tests/BlockSnap.FaultTarget says what its lines mean.
/// </summary>
internal sealed class KillHistory(string path)
{
    private const int BlockBytes = 4096;
    private const int Blocks = 64;

    private readonly HashSet<int> _made = [];
    private readonly HashSet<int> _going = [];
    private readonly HashSet<int> _gone = [];
    private bool _exists;

    /// <summary>Writes that the disk holds.</summary>
    public long Newest { get; private set; }

    /// <summary>Flushes, snapshots and deletions that were told to be durable.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Takes what a process said before it ended, opens the pool and compares.</summary>
    /// <param name="said">Before it ended: this must hold.</param>
    /// <param name="where">What failures print.</param>
    /// <param name="saidMeanwhile">While the power was being cut: it may hold.</param>
    public async Task VerifyAsync(IReadOnlyCollection<string> said, string where, IEnumerable<string>? saidMeanwhile = null)
    {
        long floor = Newest;
        foreach (string line in said)
        {
            string[] words = line.Split(' ');
            int number = words.Length == 2 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 0;
            switch (words[0])
            {
                case "ready":
                    _exists = true;
                    break;
                case "flushed":
                    floor = number;
                    Acknowledged++;
                    break;
                case "snapshot":
                    floor = number;
                    _made.Add(number);
                    Acknowledged++;
                    break;
                case "deleting":
                    _going.Add(number);
                    break;
                case "deleted":
                    _gone.Add(number);
                    Acknowledged++;
                    break;
                default:
                    break;
            }
        }

        foreach (string line in (saidMeanwhile ?? []).Where(line => line.StartsWith("deleting ", StringComparison.Ordinal)))
        {
            _going.Add(int.Parse(line["deleting ".Length..], CultureInfo.InvariantCulture));
        }

        if (!_exists)
        {
            return; // killed before there was a disk
        }

        await using DiskPool pool = await DiskPool.OpenAsync(path);
        IDisk disk = pool.OpenDisk("a");
        Newest = PrefixOf(disk.ReadAll(), where);
        Assert.True(Newest >= floor, $"{where}: the disk holds {Newest} writes, {floor} were durable");
        VerifySnapshots(disk, where);
        await pool.AssertSoundAsync();
    }

    private void VerifySnapshots(IDisk disk, string where)
    {
        HashSet<int> present = [.. disk.Chain.Snapshots.Select(snapshot => int.Parse(snapshot.Name[1..], CultureInfo.InvariantCulture))];
        foreach (int number in _made)
        {
            Assert.True(present.Contains(number) || _going.Contains(number), $"{where}: snapshot {number} is lost");
            Assert.True(!present.Contains(number) || !_gone.Contains(number), $"{where}: snapshot {number} is back");
        }

        foreach (int number in present)
        {
            Assert.Equal(number, PrefixOf(disk.Chain.ReadAll($"s{number}"), $"{where}, s{number}"));
            _going.Remove(number); // the deletion that was begun did not happen
        }

        _made.Clear();
        _made.UnionWith(present);
        _gone.ExceptWith(present);
    }

    // How many writes a state holds: the newest stamp, when all others are those that as many writes leave.
    private static long PrefixOf(byte[] state, string where)
    {
        long[] stamps = [.. Enumerable.Range(0, Blocks).Select(index => Pattern.ReadStamp(state.AsSpan(index * BlockBytes, BlockBytes)))];
        long newest = stamps.Max();
        long[] expected = new long[Blocks];
        for (long write = Math.Max(1, newest - Blocks + 1); write <= newest; write++)
        {
            expected[write * 7 % Blocks] = write;
        }

        Assert.True(expected.AsSpan().SequenceEqual(stamps), $"{where}: no prefix of the writes: {string.Join(' ', stamps)}");
        return newest;
    }
}
