using BlockSnap.Format;
using BlockSnap.Primitives;

namespace BlockSnap.Mapping;

/// <summary>
/// Frames of native memory for map nodes: clean ones, found by name and evicted by second chance, and volatile ones, which have no name
/// yet and stay until a checkpoint writes them. All members are called under the gate. The bound is soft for volatile frames only: the
/// pool makes a checkpoint when <see cref="VolatileCount"/> passes <see cref="VolatileMax"/>.
/// </summary>
internal sealed unsafe class NodeCache : IDisposable
{
    private const int FramesPerSlabLog2 = 9; // a large page
    private const int FramesPerSlab = 1 << FramesPerSlabLog2;

    private readonly List<nint> _slabs = [];
    private readonly int _framesMax;
    private readonly Stack<int> _free = new();
    private Frame[] _frames = [];
    private int _frameCount;
    private int _clean;
    private int _clock;
    private ulong _serial;

    // Whether a frame was found since the clock last passed it. Apart from the frames' facts: each lookup writes here, and so few bytes stay cached.
    private bool[] _touched = [];

    // Open addressing from name to frame; no name is empty. Linear probing with backward-shift deletion (Knuth, TAOCP 3, 6.4, algorithm R).
    private Cell[] _table;
    private int _mask;

    public NodeCache(long memoryBytes)
    {
        _framesMax = (int)Math.Clamp(memoryBytes / NodeLayout.Bytes, 2 * FramesPerSlab, 1 << 24);
        _table = new Cell[1024];
        _mask = _table.Length - 1;
    }

    /// <summary>A frame's facts.</summary>
    public struct Frame
    {
        /// <summary>The name of a clean node; 0 for a volatile or free frame.</summary>
        public ulong Id;

        /// <summary>The checksum of a clean node; of a volatile one a number that no other ever had.</summary>
        public ulong Checksum;

        /// <summary>Volatile: how many parents and roots point to it.</summary>
        public int References;

        /// <summary>Volatile: the freeze count when it was made.</summary>
        public long Birth;

        /// <summary>Volatile: the disk whose change made it.</summary>
        public uint Disk;

        /// <summary>1 for a leaf.</summary>
        public byte Level;

        public bool IsVolatile;
    }

    // With the name beside the frame a lookup mostly reads one cache line.
    private readonly record struct Cell(ulong Id, int Frame);

    public int VolatileCount { get; private set; }

    /// <summary>Volatile frames that make a checkpoint due.</summary>
    public int VolatileMax => _framesMax / 2;

    /// <summary>Frames ever allocated: an upper bound for enumeration.</summary>
    public int FrameCount => _frameCount;

    public ref Frame this[int frame] => ref _frames[frame];

    public Span<NodeEntry> Entries(int frame) => new((void*)AddressOf(frame), NodeLayout.Fanout);

    public Span<byte> Bytes(int frame) => new((void*)AddressOf(frame), NodeLayout.Bytes);

    /// <summary>The frame that an entry points to, or -1 when its node is not in memory.</summary>
    public int Find(in NodeEntry entry)
    {
        if (entry.IsVolatile)
        {
            return entry.Frame;
        }

        Cell[] table = _table;
        for (int at = HashOf(entry.Value) & _mask; table[at].Id != 0; at = (at + 1) & _mask)
        {
            if (table[at].Id == entry.Value)
            {
                int frame = table[at].Frame;
                _touched[frame] = true;
                return frame;
            }
        }

        return -1;
    }

    /// <summary>What a parent or root holds for a volatile frame. Two such entries are equal only if they mean the same node.</summary>
    public NodeEntry EntryOf(int frame) => NodeEntry.OfFrame(frame, _frames[frame].Checksum);

    /// <summary>Sees to it that so many frames can be taken without evicting anything in between.</summary>
    public void Reserve(int frames)
    {
        while (_free.Count < frames)
        {
            if (_frameCount < _framesMax || !EvictOne())
            {
                AddSlab();
            }
        }
    }

    /// <summary>Takes a zeroed volatile frame. <see cref="Reserve"/> was called.</summary>
    public int TakeVolatile(int level, uint disk, long birth)
    {
        int frame = Take(level, disk, birth);
        Bytes(frame).Clear();
        return frame;
    }

    /// <summary>The same with the entries of another frame.</summary>
    public int TakeCopy(int original, int level, uint disk, long birth)
    {
        int frame = Take(level, disk, birth);
        Bytes(original).CopyTo(Bytes(frame));
        return frame;
    }

    /// <summary>Makes a clean node volatile where it lies: its name is given up by the caller.</summary>
    public void MakeVolatile(int frame, int level, uint disk, long birth)
    {
        Unlink(frame);
        _clean--;
        _frames[frame] = new Frame { Checksum = ++_serial, References = 1, Birth = birth, Disk = disk, Level = (byte)level, IsVolatile = true };
        VolatileCount++;
    }

    /// <summary>Makes a volatile node clean: it has been appended to the log under a name.</summary>
    public void MakeClean(int frame, BlockId id, ulong checksum)
    {
        _frames[frame].IsVolatile = false;
        _frames[frame].Id = id.Value;
        _frames[frame].Checksum = checksum;
        _touched[frame] = true;
        VolatileCount--;
        _clean++;
        Link(frame);
    }

    /// <summary>Takes in a node read from the store, unless it is there already.</summary>
    public void Insert(BlockId id, ulong checksum, ReadOnlySpan<byte> node)
    {
        if (Find(NodeEntry.Of(id, checksum)) >= 0)
        {
            return;
        }

        Reserve(1);
        int frame = _free.Pop();
        node.CopyTo(Bytes(frame));
        _frames[frame] = new Frame { Id = id.Value, Checksum = checksum };
        _touched[frame] = true;
        _clean++;
        Link(frame);
    }

    /// <summary>Gives back a volatile frame that nothing points to.</summary>
    public void FreeVolatile(int frame)
    {
        _frames[frame] = default;
        VolatileCount--;
        _free.Push(frame);
    }

    public void Dispose()
    {
        foreach (nint slab in _slabs)
        {
            LargePages.Free(slab);
        }

        _slabs.Clear();
    }

    private int Take(int level, uint disk, long birth)
    {
        int frame = _free.Pop();
        _frames[frame] = new Frame { Checksum = ++_serial, References = 1, Birth = birth, Disk = disk, Level = (byte)level, IsVolatile = true };
        VolatileCount++;
        return frame;
    }

    private nint AddressOf(int frame) =>
        _slabs[frame >> FramesPerSlabLog2] + ((nint)(frame & (FramesPerSlab - 1)) * NodeLayout.Bytes);

    private void AddSlab()
    {
        _slabs.Add(LargePages.Allocate(FramesPerSlab * NodeLayout.Bytes / LargePages.Bytes));
        if (_frameCount + FramesPerSlab > _frames.Length)
        {
            Array.Resize(ref _frames, Math.Max(_frameCount + FramesPerSlab, _frames.Length * 2));
            Array.Resize(ref _touched, _frames.Length);
        }

        for (int frame = _frameCount + FramesPerSlab - 1; frame >= _frameCount; frame--)
        {
            _free.Push(frame);
        }

        _frameCount += FramesPerSlab;
    }

    private bool EvictOne()
    {
        if (_clean == 0)
        {
            return false;
        }

        while (true)
        {
            _clock = _clock + 1 == _frameCount ? 0 : _clock + 1;
            ref Frame frame = ref _frames[_clock];
            if (frame.Id == 0)
            {
                continue;
            }

            if (_touched[_clock])
            {
                _touched[_clock] = false;
                continue;
            }

            Unlink(_clock);
            frame = default;
            _clean--;
            _free.Push(_clock);
            return true;
        }
    }

    private static int HashOf(ulong id) => (int)((id * 0x9E37_79B9_7F4A_7C15) >> 33);

    private void Link(int frame)
    {
        if (_clean * 2 > _table.Length)
        {
            Grow();
        }

        Put(new Cell(_frames[frame].Id, frame));
    }

    private void Put(Cell cell)
    {
        int at = HashOf(cell.Id) & _mask;
        while (_table[at].Id != 0)
        {
            at = (at + 1) & _mask;
        }

        _table[at] = cell;
    }

    private void Grow()
    {
        Cell[] old = _table;
        _table = new Cell[old.Length * 2];
        _mask = _table.Length - 1;
        foreach (Cell cell in old)
        {
            if (cell.Id != 0)
            {
                Put(cell);
            }
        }
    }

    private void Unlink(int frame)
    {
        int hole = HashOf(_frames[frame].Id) & _mask;
        while (_table[hole].Frame != frame || _table[hole].Id == 0)
        {
            hole = (hole + 1) & _mask;
        }

        for (int at = (hole + 1) & _mask; _table[at].Id != 0; at = (at + 1) & _mask)
        {
            int home = HashOf(_table[at].Id) & _mask;
            if (((at - home) & _mask) >= ((at - hole) & _mask))
            {
                _table[hole] = _table[at];
                hole = at;
            }
        }

        _table[hole] = default;
    }
}
