using System.Globalization;
using BlockSnap.Pools;

namespace BlockSnap.Snapshots;

/// <summary>R18: lists of snapshots across chains, page by page in the order of their making.</summary>
internal static class SnapshotQuery
{
    public static SnapshotPage Run(PoolCore core, SnapshotFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filter.PageSize, 1, nameof(filter));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filter.PageSize, SnapshotFilter.PageSizeMax, nameof(filter));
        long after = -1;
        if (filter.PageToken is { } token && !long.TryParse(token, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out after))
        {
            throw new ArgumentException($"'{token}' is no page token.", nameof(filter));
        }

        using (core.Gate.Enter())
        {
            List<(long Order, Snapshot Facts)> found =
            [
                .. core.Catalog.All
                    .SelectMany(chain => chain.Snapshots)
                    .Where(snapshot => snapshot.Order > after)
                    .OrderBy(snapshot => snapshot.Order)
                    .Select(snapshot => (snapshot.Order, Facts: core.Describe(snapshot)))
                    .Where(snapshot => Matches(snapshot.Facts, filter))
                    .Take(filter.PageSize + 1),
            ];
            bool more = found.Count > filter.PageSize;
            IReadOnlyList<Snapshot> page = [.. found.Take(filter.PageSize).Select(snapshot => snapshot.Facts)];
            return new SnapshotPage(page, more ? found[filter.PageSize - 1].Order.ToString("x", CultureInfo.InvariantCulture) : null);
        }
    }

    private static bool Matches(Snapshot facts, SnapshotFilter filter) =>
        (filter.Ids is null || filter.Ids.Contains(facts.Id))
        && (filter.Disks is null || filter.Disks.Contains(facts.DiskId))
        && (filter.Status is null || filter.Status == facts.Status)
        && (filter.Kind is null || filter.Kind == facts.Kind)
        && (filter.Name is null || filter.Name == facts.Name)
        && (filter.CreatedFrom is null || facts.Created >= filter.CreatedFrom)
        && (filter.CreatedBefore is null || facts.Created < filter.CreatedBefore)
        && (filter.GroupId is null || filter.GroupId == facts.GroupId)
        && (filter.UsedBy is not { } use || IsUsedBy(facts, use))
        && (filter.Tags is null || filter.Tags.All(wanted => HasTag(facts, wanted.Key, wanted.Value)));

    private static bool IsUsedBy(Snapshot facts, SnapshotUse use) =>
        use == SnapshotUse.None ? UseOf(facts) == SnapshotUse.None : UseOf(facts).HasFlag(use);

    private static SnapshotUse UseOf(Snapshot facts) =>
        (facts.ImageCount > 0 ? SnapshotUse.Image : SnapshotUse.None) | (facts.CloneCount > 0 ? SnapshotUse.Disk : SnapshotUse.None);

    private static bool HasTag(Snapshot facts, string key, string? wanted) =>
        facts.Tags.TryGetValue(key, out string? value) && (wanted is null || wanted == value);
}
