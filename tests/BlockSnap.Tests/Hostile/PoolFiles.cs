using BlockSnap.Format;
using BlockSnap.Log;

namespace BlockSnap.Tests.Hostile;

/// <summary>The files of a pool as plain bytes, taken from a device and put onto one.</summary>
internal static class PoolFiles
{
    public static SortedDictionary<string, byte[]> Of(CrashableDevice device)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in device.List())
        {
            device.Edit(name, bytes => files[name] = bytes);
        }

        return files;
    }

    /// <summary>The newest superblock of undamaged files.</summary>
    public static Superblock Newest(IReadOnlyDictionary<string, byte[]> files) =>
        Enumerable.Range(0, Superblock.SlotCount)
            .Select(slot => Superblock.Decode(files[CheckpointFiles.SuperblockName].AsSpan(slot * Superblock.SlotBytes)))
            .Where(superblock => superblock is not null).MaxBy(superblock => superblock!.Sequence)!;

    /// <summary>The valid place of a table page, and its bytes.</summary>
    public static (int Offset, byte[] Bytes) TablePageOf(IReadOnlyDictionary<string, byte[]> files, Superblock superblock, int index)
    {
        byte[] table = files[CheckpointFiles.TableName];
        (int Offset, byte[] Bytes) best = default;
        long newest = -1;
        for (int version = 0; version < 2; version++)
        {
            int at = (int)TablePage.PlaceOf(index, version);
            if (at + TablePage.Bytes <= table.Length && TablePage.TryOpen(table.AsSpan(at, TablePage.Bytes), index, out long sequence, out _)
                && sequence <= superblock.Sequence && sequence > newest)
            {
                newest = sequence;
                best = (at, table.AsSpan(at, TablePage.Bytes).ToArray());
            }
        }

        return best;
    }
}
