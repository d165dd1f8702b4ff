using BlockSnap.Format;
using BlockSnap.Items;

namespace BlockSnap.Catalogs;

/// <summary>The bytes of policies and of what holds for single disks. FORMAT.md lists the fields.</summary>
internal static class PolicyCodec
{
    private const int HoursPerDay = 24;
    private const int DaysPerWeek = 7;
    private const uint OrdinalMax = 1_000_000_000;

    [Flags]
    private enum PolicyFlags : byte
    {
        None = 0,
        SkipUnused = 1,
        SkipUnchanged = 2,
    }

    [Flags]
    private enum DiskFlags : byte
    {
        None = 0,
        Paused = 1,
        DeletesSnapshots = 2,
    }

    public static void WritePolicy(FieldWriter writer, SnapshotPolicy policy)
    {
        PolicyFlags flags = (policy.SkipUnused ? PolicyFlags.SkipUnused : 0) | (policy.SkipUnchanged ? PolicyFlags.SkipUnchanged : 0);
        writer.Guid(policy.Id).Text(policy.Name).Int64(policy.Created.UtcTicks).Int64(policy.Rescheduled.UtcTicks)
            .UInt32(MaskOf(policy.Hours)).Byte((byte)MaskOf(policy.Weekdays.Select(day => (int)day))).Text(policy.TimeZone)
            .UInt32((uint)(policy.RetentionDays ?? 0)).Byte((byte)flags);
    }

    public static SnapshotPolicy ReadPolicy(ref FieldReader reader)
    {
        Guid id = reader.Guid();
        string name = reader.Text() ?? throw reader.Damaged("a policy has no name");
        DateTimeOffset created = SnapshotCodec.ReadTime(ref reader);
        DateTimeOffset rescheduled = SnapshotCodec.ReadTime(ref reader);
        uint hours = reader.UInt32();
        byte weekdays = reader.Byte();
        string zone = reader.Text() ?? throw reader.Damaged("a policy has no time zone");
        uint retention = reader.UInt32();
        var flags = (PolicyFlags)reader.Byte();
        if (hours is 0 or >= 1u << HoursPerDay || weekdays is 0 or >= 1 << DaysPerWeek || retention > Snapshot.RetentionDaysMax)
        {
            throw reader.Damaged($"the policy '{name}' has nonsense for hours, days or retention");
        }

        return new SnapshotPolicy
        {
            Id = id,
            Name = name,
            Created = created,
            Rescheduled = rescheduled,
            Hours = BitsOf(hours),
            Weekdays = [.. BitsOf(weekdays).Select(day => (DayOfWeek)day)],
            TimeZone = zone,
            RetentionDays = retention == 0 ? null : (int)retention,
            SkipUnused = flags.HasFlag(PolicyFlags.SkipUnused),
            SkipUnchanged = flags.HasFlag(PolicyFlags.SkipUnchanged),
        };
    }

    public static void WriteDisk(FieldWriter writer, DiskPolicyItem disk)
    {
        DiskFlags flags = (disk.IsPaused ? DiskFlags.Paused : 0) | (disk.DeletesSnapshots ? DiskFlags.DeletesSnapshots : 0);
        writer.Guid(disk.DiskId.Value).Guid(disk.PolicyId).Byte((byte)flags).Int64(disk.Handled.UtcTicks)
            .UInt32(disk.Day).UInt32(disk.Ordinal).UInt32(disk.OrdinalMax);
    }

    public static DiskPolicyItem ReadDisk(ref FieldReader reader)
    {
        var id = new DiskId(reader.Guid());
        Guid policy = reader.Guid();
        var flags = (DiskFlags)reader.Byte();
        DateTimeOffset handled = SnapshotCodec.ReadTime(ref reader);
        (uint day, uint ordinal, uint ordinalMax) = (reader.UInt32(), reader.UInt32(), reader.UInt32());
        if (ordinal > ordinalMax || ordinalMax > OrdinalMax)
        {
            throw reader.Damaged($"the disk {id} would have had {ordinalMax} automatic snapshots on a day");
        }

        return new DiskPolicyItem(id)
        {
            PolicyId = policy,
            IsPaused = flags.HasFlag(DiskFlags.Paused),
            DeletesSnapshots = flags.HasFlag(DiskFlags.DeletesSnapshots),
            Handled = handled,
            Day = day,
            Ordinal = ordinal,
            OrdinalMax = ordinalMax,
        };
    }

    private static uint MaskOf(IEnumerable<int> bits) => bits.Aggregate(0u, (mask, bit) => mask | (1u << bit));

    private static int[] BitsOf(uint mask) => [.. Enumerable.Range(0, 32).Where(bit => (mask >> bit & 1) != 0)];
}
