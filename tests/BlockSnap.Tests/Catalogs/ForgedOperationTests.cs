using BlockSnap.Catalogs;
using BlockSnap.Tests.Crashes;

namespace BlockSnap.Tests.Catalogs;

/// <summary>A record of the log whose checksum is right may still say what never happened: it is refused with a typed error.</summary>
public sealed class ForgedOperationTests
{
    public static TheoryData<string> Forgeries => new(Forged(default!, default!, default!).Keys);

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Operation_ThatContradictsThePool_IsRefused(string forgery)
    {
        using DiskPool pool = CrashChoice.Create(new CrashableDevice());
        using IDisk a = await pool.CreateDiskAsync("a", 1 << 16);
        await pool.CreateDiskAsync("b", 1 << 16);
        Snapshot s1 = await a.Chain.CreateAsync("s1");
        Catalog catalog = pool.Core.Catalog;

        PoolOperation operation = Forged(catalog.Find("a")!, catalog.Find("b")!, s1)[forgery]();

        Assert.Throws<PoolCorruptedException>(() => catalog.Apply(operation));
        pool.Abandon();
    }

    private static Dictionary<string, Func<PoolOperation>> Forged(ChainState a, ChainState b, Snapshot s1) => new()
    {
        ["deletes the snapshot of another disk"] = () => new PoolOperation.DeleteSnapshots(b.Volume.Number, null, [s1.Id]),
        ["rolls back to the snapshot of another disk"] = () =>
            new PoolOperation.Rollback(b.Volume.Number, s1.Id, s1 with { Id = new SnapshotId(Guid.NewGuid()), DiskId = b.Volume.Id }),
        ["clones the snapshot of another disk"] = () =>
            new PoolOperation.CreateDisk(99, new DiskId(Guid.NewGuid()), "c", 1 << 16, BlockSize.Default, b.Volume.Number, s1.Id),
        ["makes a snapshot again"] = () => new PoolOperation.CreateSnapshot(a.Volume.Number, s1),
        ["makes a snapshot of another disk"] = () =>
            new PoolOperation.CreateSnapshot(b.Volume.Number, s1 with { Id = new SnapshotId(Guid.NewGuid()) }),
        ["keeps an undo point that exists"] = () => new PoolOperation.Rollback(a.Volume.Number, s1.Id, s1),
        ["makes a disk again"] = () =>
            new PoolOperation.CreateDisk(a.Volume.Number, new DiskId(Guid.NewGuid()), "c", 1 << 16, BlockSize.Default, 0, null),
        ["undeletes what was not deleted"] = () => new PoolOperation.UndeleteSnapshot(a.Volume.Number, s1.Id),
        ["deletes a disk that does not exist"] = () => new PoolOperation.DeleteDisk(77),
    };
}
