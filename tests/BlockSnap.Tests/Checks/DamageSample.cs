using BlockSnap.Format;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Checks;

/// <summary>
/// A pool to plant damage in, and what is in it: disk "a" with snapshots "s1" and "s2" and a clone "c" of "s1", each block filled by a
/// seed, so that every state can be compared block by block. Some segments lie in containers, some where they were written.
/// </summary>
internal sealed class DamageSample
{
    public const int Blocks = 96;
    public const int BlockBytes = 4096;

    private readonly Dictionary<string, long[]> _states = [];

    private DamageSample(CrashableDevice medium) => Medium = medium;

    public CrashableDevice Medium { get; private set; }

    /// <summary>The states by name: "a", "a@s1", "a@s2", "c"; a seed for each block, 0 for a hole.</summary>
    public IReadOnlyDictionary<string, long[]> States => _states;

    public IEnumerable<string> DataFiles => Medium.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal));

    public IEnumerable<string> Containers =>
        DataFiles.Where(name => Bytes(name) is { Length: > 8 } bytes && ContainerHeader.PeekIndexBytes(bytes) > 0);

    public static async Task<DamageSample> MakeAsync(bool closed = true)
    {
        var sample = new DamageSample(new CrashableDevice());
        DiskPool pool = CrashChoice.Create(sample.Medium);
        IDisk a = await pool.CreateDiskAsync("a", Blocks * BlockBytes);
        long[] seeds = new long[Blocks];
        Write(a, seeds, 0, 64, 1000);
        await a.Chain.CreateAsync("s1");
        sample._states["a@s1"] = [.. seeds];
        Write(a, seeds, 16, 32, 2000);
        a.Discard(40 * BlockBytes, 8 * BlockBytes);
        seeds.AsSpan(40, 8).Clear();
        await a.Chain.CreateAsync("s2");
        sample._states["a@s2"] = [.. seeds];
        for (int round = 3; round < 9; round++)
        {
            Write(a, seeds, 20, 44, round * 1000);
            await pool.CheckpointAsync();
        }

        await pool.CompactAsync();
        IDisk c = await a.Chain.CloneAsync("s1", "c");
        long[] cloned = [.. sample._states["a@s1"]];
        Write(c, cloned, 0, 8, 90_000);
        sample._states["c"] = cloned;
        Write(a, seeds, 64, 32, 10_000);
        await pool.FlushAsync();
        sample._states["a"] = seeds;
        if (closed)
        {
            pool.Dispose();
        }
        else
        {
            pool.Abandon();
        }

        sample.Medium = sample.Medium.CrashState(CrashMode.Everything);
        Assert.NotEmpty(sample.Containers);
        return sample;
    }

    public long[] SeedsOf(string state) => _states[state];

    public void Forget(string state) => _states.Remove(state);

    public byte[] Bytes(string name)
    {
        byte[] content = [];
        Medium.Edit(name, bytes => content = bytes);
        return content;
    }

    public DiskPool Open() => CrashChoice.Open(Medium);

    /// <summary>Writes blocks and notes their seeds.</summary>
    public static void Write(IDisk disk, long[] seeds, int first, int count, long seed)
    {
        for (int index = first; index < first + count; index++)
        {
            seeds[index] = seed + index;
            disk.WriteBlock(index, seeds[index]);
        }
    }

    public static IDisk OpenState(DiskPool pool, string state)
    {
        string[] parts = state.Split('@');
        return parts.Length == 1 ? pool.OpenDisk(state) : pool.OpenChain(parts[0]).Open(parts[1]);
    }

    /// <summary>
    /// Reads every block of every state: it is what was written, or a typed error that names its disk and range. Returns those that are errors.
    /// </summary>
    public Dictionary<string, List<int>> ReadAll(DiskPool pool)
    {
        var lost = new Dictionary<string, List<int>>();
        foreach ((string state, long[] seeds) in _states)
        {
            using IDisk disk = OpenState(pool, state);
            lost[state] = [];
            for (int index = 0; index < Blocks; index++)
            {
                byte[] block = new byte[BlockBytes];
                try
                {
                    disk.Read(index * BlockBytes, block);
                }
                catch (BlockCorruptedException e)
                {
                    Assert.Equal((state, (long)index * BlockBytes, BlockBytes), (e.DiskName, e.OffsetBytes, e.LengthBytes));
                    lost[state].Add(index);
                    continue;
                }

                byte[] expected = seeds[index] == 0 ? new byte[BlockBytes] : Pattern.Bytes(BlockBytes, seeds[index]);
                Assert.True(expected.AsSpan().SequenceEqual(block), $"Block {index} of {state} is not what was written.");
            }
        }

        return lost;
    }

    /// <summary>Reads everything and finds nothing lost.</summary>
    public void AssertWhole(DiskPool pool) => Assert.All(ReadAll(pool), state => Assert.Empty(state.Value));
}
