using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>Quotas as they are typed and shown: 64, 256+1000, none.</summary>
internal static class QuotaText
{
    public const string Description = "Snapshots per disk: a number for all together (64 is the default), two like 256+1000 for manual and automatic ones, or none.";

    private const string None = "none";

    public static bool TryParse(string text, out SnapshotQuota quota)
    {
        quota = SnapshotQuota.Unlimited;
        string[] parts = text.Split('+');
        int?[] limits = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit > 0 ? limit : (int?)null)];
        bool valid = text == None || (parts.Length <= 2 && !limits.Contains(null));
        if (valid && text != None)
        {
            quota = parts.Length == 1 ? new SnapshotQuota(limits[0]) : new SnapshotQuota(null, limits[0], limits[1]);
        }

        return valid;
    }

    public static string Of(SnapshotQuota quota)
    {
        string[] limits = [.. new (int? Limit, string Of)[] { (quota.Maximum, "in all"), (quota.ManualMaximum, "manual"), (quota.AutomaticMaximum, "automatic") }
            .Where(each => each.Limit is not null)
            .Select(each => $"{each.Limit} {each.Of}")];
        return limits.Length == 0 ? "any number" : string.Join(", ", limits);
    }
}
