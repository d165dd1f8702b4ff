using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Quotas as they are typed and shown: 64, 256+1000, none.</summary>
internal static class QuotaText
{
    public const string Description =
        "Snapshots per disk: a number for all together (64 is the default), two like 256+1000 for manual and automatic ones, or none.";

    private const string None = "none";

    public static bool TryParse(string text, out SnapshotQuota quota)
    {
        quota = SnapshotQuota.Unlimited;
        string[] parts = text.Split('+');
        int?[] limits = [.. parts.Select(LimitOf)];
        bool valid = text == None || (parts.Length <= 2 && !limits.Contains(null));
        if (valid && text != None)
        {
            quota = parts.Length == 1 ? new SnapshotQuota(limits[0]) : new SnapshotQuota(null, limits[0], limits[1]);
        }

        return valid;
    }

    public static string Of(SnapshotQuota quota)
    {
        (int? Limit, string Kind)[] all = [(quota.Maximum, "in all"), (quota.ManualMaximum, "manual"), (quota.AutomaticMaximum, "automatic")];
        string[] limits = [.. all.Where(each => each.Limit is not null).Select(each => $"{each.Limit} {each.Kind}")];
        return limits.Length == 0 ? "any number" : string.Join(", ", limits);
    }

    // Null when it is no number of snapshots.
    private static int? LimitOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 ? limit : null;
}
