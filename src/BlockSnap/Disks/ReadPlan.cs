using BlockSnap.Format;
using BlockSnap.Storage;

namespace BlockSnap.Disks;

/// <summary>
/// What one step of a read found out under one hold of the gate: the entries of some blocks, and the runs in which they lie on the device,
/// whose files stay pinned until <see cref="Release"/>. Rented for one read and used again. For one thread at a time.
/// </summary>
internal sealed class ReadPlan
{
    /// <summary>Blocks that one step takes in: so few that they are proven before they leave the processor's near caches.</summary>
    public const int BlocksMax = 32;

    // Each run may pin another file, and a process may have few files open; a hold of the gate pays off with this many too.
    private const int RunsMax = 16;

    [ThreadStatic]
    private static ReadPlan? t_idle;

    private readonly BlockRun[] _runs = new BlockRun[RunsMax];
    private int _count;

    /// <summary>The entries of the step's blocks.</summary>
    public NodeEntry[] Entries { get; } = new NodeEntry[BlocksMax];

    public ReadOnlySpan<BlockRun> Runs => _runs.AsSpan(0, _count);

    /// <summary>Whether there is no room for another run.</summary>
    public bool IsFull => _count == RunsMax;

    public static ReadPlan Rent()
    {
        ReadPlan plan = t_idle ?? new ReadPlan();
        t_idle = null;
        return plan;
    }

    /// <summary>Makes it ready for another read. One whose read failed need not be given back.</summary>
    public void Return() => t_idle = this;

    /// <summary>The next block lies here.</summary>
    public void Begin(BlockPlace place)
    {
        int first = _count == 0 ? 0 : _runs[_count - 1].End;
        _runs[_count++] = new BlockRun(place, first, 1);
    }

    /// <summary>The next block lies right behind the last one.</summary>
    public void Extend() => _runs[_count - 1] = _runs[_count - 1] with { Count = _runs[_count - 1].Count + 1 };

    /// <summary>Ends the pins of the files, and forgets the runs.</summary>
    public void Release()
    {
        foreach (BlockRun run in Runs)
        {
            run.Place.Release();
        }

        _count = 0;
    }
}
