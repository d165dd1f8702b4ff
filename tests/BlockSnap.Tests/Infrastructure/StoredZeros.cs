using BlockSnap.Disks;
using BlockSnap.Format;
using BlockSnap.Pools;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Stores blocks of zeros, as another writer of the format might: no call of the library does.</summary>
internal static class StoredZeros
{
    public static void Plant(DiskPool pool, string disk, params ReadOnlySpan<long> blocks)
    {
        PoolCore core = pool.Core;
        DiskVolume volume = core.Catalog.Find(disk)!.Volume;
        using IDisk opened = pool.OpenDisk(disk);
        foreach (long index in blocks)
        {
            opened.ReadBytes(index << volume.BlockSize.Log2, 1); // brings its path into memory
            using (core.Gate.Enter())
            {
                Assert.True(core.Map.TryPrepare(volume.Head, index, out _));
                BlockId id = core.Store.Log.AppendBlock(
                    RecordKind.Data, volume.Number, 0, index, BlockId.ClassOf(volume.BlockSize), new byte[volume.BlockSize.Bytes], bookkeeping: false, out ulong checksum);
                core.Store.Ledger.Queue.Born(id);
                core.Map.Set(volume.Head, index, NodeEntry.Of(id, checksum));
            }
        }
    }
}
