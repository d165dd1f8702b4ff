using BlockSnap;

namespace PolicyHost;

/// <summary>Two disks and two policies, unless they are there already.</summary>
internal static class Setup
{
    public static async Task PrepareAsync(DiskPool pool)
    {
        if (pool.Policies.Find("nightly") is not null)
        {
            return;
        }

        (await pool.CreateDiskAsync("database", 64 << 20)).Dispose();
        (await pool.CreateDiskAsync("archive", 64 << 20)).Dispose();
        await pool.Policies.CreateAsync(new SnapshotPolicy { Name = "nightly", Hours = [2], TimeZone = "Europe/Berlin", RetentionDays = 14 });
        await pool.Policies.CreateAsync(new SnapshotPolicy
        {
            Name = "office-hours",
            Hours = [8, 12, 16],
            Weekdays = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday],
            TimeZone = "Europe/Berlin",
            RetentionDays = 7,
            SkipUnchanged = true,
        });
        await pool.Policies.ApplyAsync("office-hours", ["database"]);
        await pool.Policies.ApplyAsync("nightly", ["archive"]);
    }
}
