using System.Globalization;
using System.Text;
using BlockSnap.Items;

namespace BlockSnap.Simulation;

/// <summary>
/// All that a pool holds, in a few lines of text: each disk's name, size and content, its snapshots and what keeps them, trash and undo point; groups, images and policies. The same text for a
/// pool and for its model when both hold the same. Of a huge disk the windows are taken that are written to.
/// </summary>
internal static class PoolDigest
{
    public const long WindowStride = 1L << 39;
    public const int WindowBytes = 1 << 16;

    private const int WholeMax = 1 << 20;

    public static string Of(PoolModel model)
    {
        var lines = new List<string>();
        foreach (DiskModel disk in model.Disks)
        {
            var text = new StringBuilder();
            text.Append(disk.Name).Append(disk.IsReleased ? " released" : $" {disk.Head.Size} {HashOf(disk.Head)}");
            foreach (SnapshotModel snapshot in disk.Snapshots)
            {
                text.Append(CultureInfo.InvariantCulture, $" @{snapshot.Name} {snapshot.State.Size} {HashOf(snapshot.State)}{FactsOf(snapshot)}");
            }

            foreach (SnapshotModel deleted in disk.Trash.OrderBy(snapshot => snapshot.Order))
            {
                text.Append(CultureInfo.InvariantCulture, $" ~{deleted.Name} {deleted.State.Size}{FactsOf(deleted)}");
            }

            foreach (UndoModel undo in disk.UndoPoints)
            {
                text.Append(CultureInfo.InvariantCulture, $" undo {undo.State.Size} {HashOf(undo.State)}{TimeOf(" until", undo.Expires)}");
            }

            if (!disk.IsReleased)
            {
                text.Append(PolicyOf(disk.Policy is { } policy && model.Policies.ContainsKey(policy) ? policy : null, disk.IsPaused, disk.DeletesSnapshots));
            }

            lines.Add(text.ToString());
        }

        lines.AddRange(model.Policies.Select(policy => PolicyOf(policy.Key, policy.Value.RetentionDays, policy.Value.SkipUnused)));
        lines.AddRange(model.LiveGroups().Select(name => $"group {name} {model.Groups[name].Members.Count}"));
        lines.AddRange(model.Images.Select(image => $"image {image.Key} {image.Value.Count}"));
        lines.AddRange(model.IsSuspended ? ["suspended"] : []);
        lines.AddRange(model.Quota == SnapshotQuota.Default ? [] : [$"quota {model.Quota}"]);
        return Join(lines);
    }

    public static string Of(DiskPool pool)
    {
        var lines = new List<string>();
        foreach (DiskInfo disk in pool.ListDisks(includeReleased: true))
        {
            var text = new StringBuilder();
            ISnapshotChain chain = pool.OpenChain(disk.Id.ToString());
            text.Append(disk.Name);
            if (chain.IsReleased)
            {
                text.Append(" released").Append(pool.Core.Catalog.Find(disk.Name) is null ? "" : " by name");
            }
            else
            {
                using IDisk head = pool.OpenDisk(disk.Id);
                text.Append(CultureInfo.InvariantCulture, $" {head.Size} {HashOf(head)}");
            }

            foreach (Snapshot snapshot in chain.Snapshots)
            {
                using IDisk view = chain.Open(snapshot.Name);
                text.Append(CultureInfo.InvariantCulture, $" @{snapshot.Name} {view.Size} {HashOf(view)}{FactsOf(snapshot)}");
            }

            foreach (Snapshot deleted in chain.Trash)
            {
                text.Append(CultureInfo.InvariantCulture, $" ~{deleted.Name} {deleted.Size}{FactsOf(deleted)}");
            }

            foreach (Snapshot undo in chain.UndoPoints)
            {
                using IDisk view = chain.Open(undo.Name);
                text.Append(CultureInfo.InvariantCulture, $" undo {view.Size} {HashOf(view)}{TimeOf(" until", undo.Expires)}");
            }

            if (!chain.IsReleased)
            {
                DiskPolicy policy = pool.Policies.OfDisk(disk.Name);
                text.Append(PolicyOf(policy.PolicyName, policy.IsPaused, policy.DeletesSnapshotsWithDisk));
            }

            lines.Add(text.ToString());
        }

        lines.AddRange(pool.Policies.List().Select(policy => PolicyOf(policy.Name, policy.RetentionDays, policy.SkipUnused)));
        lines.AddRange(pool.Groups.List().Select(group => $"group {group.Name} {group.Members.Count}"));
        lines.AddRange(pool.Images.List().Select(image => $"image {image.Name} {image.DataSnapshots.Count + 1}"));
        lines.AddRange(pool.SuspendReason is null ? [] : ["suspended"]);
        lines.AddRange(pool.Core.Catalog.Item<QuotaItem>(ItemKind.Quota, Guid.Empty) is { } kept ? [$"quota {kept.Quota}"] : []);
        return Join(lines);
    }

    private static string FactsOf(SnapshotModel snapshot) => FactsOf(
        snapshot.Kind, snapshot.Consistency, snapshot.Description, snapshot.Tag, snapshot.Token, snapshot.Holds, [snapshot.Expires, snapshot.LockedUntil, snapshot.CoolOffUntil, snapshot.PurgeAfter]);

    private static string FactsOf(Snapshot snapshot) => FactsOf(
        snapshot.Kind,
        snapshot.Consistency,
        snapshot.Description,
        snapshot.Tags.Count == 0 ? null : string.Join(',', snapshot.Tags.Values),
        snapshot.ClientToken,
        snapshot.Holds,
        [snapshot.Expires, snapshot.Lock?.Until, snapshot.Lock?.CoolOffUntil, snapshot.PurgeAfter]);

    private static string FactsOf(
        SnapshotKind kind, SnapshotConsistency level, string? description, string? tag, string? token, IReadOnlyList<string> holds, ReadOnlySpan<DateTimeOffset?> times)
    {
        var text = new StringBuilder();
        text.Append(kind == SnapshotKind.Manual ? "" : $" {kind}").Append(level == SnapshotConsistency.Crash ? "" : $" {level}");
        foreach (string? word in (ReadOnlySpan<string?>)[description, tag, token])
        {
            text.Append(word is null ? "" : $" '{word}'");
        }

        return text.AppendJoin("", holds.Select(hold => $" held {hold}"))
            .Append(TimeOf(" until", times[0])).Append(TimeOf(" locked", times[1])).Append(TimeOf(" cools", times[2])).Append(TimeOf(" purged", times[3])).ToString();
    }

    private static string TimeOf(string what, DateTimeOffset? time) => time is { } at ? string.Create(CultureInfo.InvariantCulture, $"{what} {at:MM-ddTHH:mm:ss}") : "";

    private static string PolicyOf(string name, int? retentionDays, bool skipUnused) => $"policy {name} {retentionDays}{(skipUnused ? " in use" : "")}";

    private static string PolicyOf(string? policy, bool isPaused, bool deletes) => $"{(policy is null ? "" : $" by {policy}")}{(isPaused ? " paused" : "")}{(deletes ? " deletes" : "")}";

    private static string Join(List<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));

    private static string HashOf(DiskState state) => state.Digest(static whole => Hash(whole.Size, whole.Read));

    private static string HashOf(IDisk disk) => Hash(disk.Size, disk.Read);

    private delegate void Reader(long offset, Span<byte> destination);

    private static string Hash(long size, Reader read)
    {
        ulong hash = 0;
        foreach ((long offset, int length) in Windows(size))
        {
            byte[] bytes = new byte[length];
            read(offset, bytes);
            hash = (hash * 31) + BlockChecksum.Compute(bytes);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>What is looked at of a disk of that size.</summary>
    public static IEnumerable<(long Offset, int Length)> Windows(long size)
    {
        if (size <= WholeMax)
        {
            return [(0, (int)size)];
        }

        return [(0, WindowBytes), (Math.Min(WindowStride, size - WindowBytes), WindowBytes)];
    }
}
