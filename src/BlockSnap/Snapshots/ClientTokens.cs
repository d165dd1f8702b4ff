using BlockSnap.Catalogs;
using BlockSnap.Format;
using BlockSnap.Items;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>R17: the same token with the same arguments gives what the first call made; with other arguments it is refused.</summary>
internal static class ClientTokens
{
    /// <summary>A checksum over everything that the caller asked for.</summary>
    /// <param name="what">What was to be made, so that a group and a snapshot are never taken for each other.</param>
    /// <param name="disks">Of which disks.</param>
    /// <param name="name">The name it was to have.</param>
    /// <param name="options">The rest.</param>
    public static ulong HashOf(string what, IEnumerable<DiskId> disks, string name, SnapshotOptions options)
    {
        FieldWriter writer = new FieldWriter().Text(what);
        foreach (DiskId disk in disks)
        {
            writer.Guid(disk.Value);
        }

        writer.Text(name).Text(options.Description).Byte((byte)options.Kind).UInt32((uint)(options.RetentionDays ?? 0));
        IEnumerable<KeyValuePair<string, string>> tags = options.Tags ?? new Dictionary<string, string>();
        foreach ((string key, string value) in tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            writer.Text(key).Text(value);
        }

        return BlockChecksum.Compute(writer.Written);
    }

    /// <summary>The snapshot or group that was made with a token, or null. Gate held.</summary>
    /// <exception cref="ConflictException">It was made with other arguments.</exception>
    public static object? Find(PoolCore core, string? token, ulong hash)
    {
        if (token is null)
        {
            return null;
        }

        (object Made, ulong Hash)? earlier = null;
        IEnumerable<SnapshotState> snapshots = core.Catalog.All.SelectMany(chain => chain.Snapshots);
        foreach (SnapshotState snapshot in snapshots.Where(snapshot => snapshot.Facts.ClientToken == token))
        {
            earlier = (core.Describe(snapshot), snapshot.Facts.ClientTokenHash);
        }

        foreach (SnapshotGroup group in core.Catalog.Items<SnapshotGroup>(ItemKind.Group).Where(group => group.ClientToken == token))
        {
            earlier = (group, group.ClientTokenHash);
        }

        if (earlier is null)
        {
            return null;
        }

        return earlier.Value.Hash == hash
            ? earlier.Value.Made
            : throw new ConflictException($"The client token '{token}' was used with other arguments");
    }
}
