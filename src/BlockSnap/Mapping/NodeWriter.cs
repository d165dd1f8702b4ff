using BlockSnap.Format;
using BlockSnap.Log;
using BlockSnap.Storage;

namespace BlockSnap.Mapping;

/// <summary>
/// Writes the volatile nodes to the log, children before parents, so that a checkpoint's roots have names. Runs under one hold of the
/// gate: afterwards no volatile node is left. Shared nodes go first; the names between them and the heads' own nodes tell the two apart
/// from then on.
/// </summary>
internal sealed class NodeWriter(NodeCache cache, ReferenceQueue references, LogWriter log)
{
    private const int LevelsMax = 8;

    public void WriteAll(IReadOnlyDictionary<uint, MapHead> heads, IEnumerable<IRootHolder> holders)
    {
        references.Complete(); // a node to which nothing refers gets no name
        var shared = new List<int>[LevelsMax + 1];
        var own = new List<int>[LevelsMax + 1];
        for (int frame = 0; frame < cache.FrameCount && cache.VolatileCount > 0; frame++)
        {
            if (cache[frame].IsVolatile)
            {
                List<int>[] group = IsShared(cache[frame], heads) ? shared : own;
                (group[cache[frame].Level] ??= []).Add(frame);
            }
        }

        Write(shared);
        foreach (MapHead head in heads.Values)
        {
            if (head.FreezePending)
            {
                head.SharedUpTo = log.LastName;
                head.FreezePending = false;
            }
        }

        Write(own);
        foreach (IRootHolder holder in holders)
        {
            if (holder.Root.Entry.IsVolatile)
            {
                holder.Root = holder.Root with { Entry = NameOf(holder.Root.Entry) };
            }
        }
    }

    private static bool IsShared(in NodeCache.Frame frame, IReadOnlyDictionary<uint, MapHead> heads) =>
        !heads.TryGetValue(frame.Disk, out MapHead? head) || frame.Birth <= head.FrozenAt;

    private void Write(List<int>?[] levels)
    {
        foreach (List<int>? level in levels)
        {
            foreach (int frame in level ?? [])
            {
                Write(frame);
            }
        }
    }

    private void Write(int frame)
    {
        int level = cache[frame].Level;
        if (level > 1)
        {
            foreach (ref NodeEntry child in cache.Entries(frame))
            {
                if (child.IsVolatile)
                {
                    child = NameOf(child);
                }
            }
        }

        BlockId id = log.AppendBlock(
            RecordKind.Node, cache[frame].Disk, (byte)level, 0, BlockId.NodeClass, cache.Bytes(frame), bookkeeping: true, out ulong checksum);
        references.Born(id);
        for (int extra = cache[frame].References - 1; extra > 0; extra--)
        {
            references.Retain(id);
        }

        cache.MakeClean(frame, id, checksum);
    }

    private NodeEntry NameOf(NodeEntry entry)
    {
        ref NodeCache.Frame frame = ref cache[entry.Frame];
        return NodeEntry.Of(new BlockId(frame.Id), frame.Checksum);
    }
}
