using BlockSnap.Primitives;

namespace BlockSnap;

/// <summary>What a repair did, or in a dry run would do. Immutable.</summary>
/// <param name="Disks">The disks of the repaired pool, deleted ones with snapshots included.</param>
/// <param name="Snapshots">Their snapshots.</param>
/// <param name="Damage">
/// What is lost, with every range of every disk and snapshot; those ranges cannot be read from the repaired pool either. All the rest is exact.
/// </param>
/// <param name="LogIsCut">
/// Whether a batch of the log that was durable, or may have been, is damaged or lost: then the repaired pool is as it was before that batch, on all
/// disks.
/// </param>
/// <param name="BatchesLeftOut">Whole batches of the log behind that one, which the repaired pool does not have.</param>
/// <param name="FilesLeftOut">Data files of which nothing can be told: free ones, and those that are damaged throughout.</param>
public sealed record RepairReport(
    int Disks, int Snapshots, IReadOnlyList<PoolDamage> Damage, bool LogIsCut, int BatchesLeftOut, IReadOnlyList<string> FilesLeftOut)
{
    /// <summary><inheritdoc cref="RepairReport" path="/param[@name='Damage']/node()"/></summary>
    public IReadOnlyList<PoolDamage> Damage { get; init => field = Printed.Of(value); } = Printed.Of(Damage);

    /// <summary><inheritdoc cref="RepairReport" path="/param[@name='FilesLeftOut']/node()"/></summary>
    public IReadOnlyList<string> FilesLeftOut { get; init => field = Printed.Of(value); } = Printed.Of(FilesLeftOut);

    /// <summary>Whether everything is exact.</summary>
    public bool IsExact => Damage.Count == 0 && !LogIsCut;
}
