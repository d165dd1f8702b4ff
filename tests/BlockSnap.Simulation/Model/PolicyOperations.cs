using System.Globalization;

namespace BlockSnap.Simulation;

/// <summary>The operations on policies, and runs of them: each run an hour after the last operation, so that something is due in each.</summary>
internal static class PolicyOperations
{
    public static CrashOperation Create(string name) => CrashOperation.OnPool(
        $"policy {name}",
        model => model.Policies.Add(name, new PolicyModel(SnapshotPolicy.DefaultRetentionDays, false)),
        pool => pool.Policies.CreateAsync(new SnapshotPolicy { Name = name, Hours = [.. Enumerable.Range(0, 24)], Weekdays = Enum.GetValues<DayOfWeek>(), TimeZone = "UTC" }));

    /// <summary>Another name, other values; the disks keep the policy.</summary>
    public static CrashOperation Change(string name, string newName, PolicyModel changed) => CrashOperation.OnPool(
        $"change policy {name} to {newName}, {changed}",
        model =>
        {
            model.Policies.Remove(name);
            model.Policies.Add(newName, changed);
            foreach (DiskModel disk in model.Disks.Where(disk => disk.Policy == name))
            {
                disk.Policy = newName;
            }
        },
        pool => pool.Policies.ChangeAsync(pool.Policies.Find(name)! with { Name = newName, RetentionDays = changed.RetentionDays, SkipUnused = changed.SkipUnused, SkipUnchanged = false }));

    public static CrashOperation Delete(string name) => CrashOperation.OnPool($"delete policy {name}", model => model.Policies.Remove(name), pool => pool.Policies.DeleteAsync(name));

    public static CrashOperation Apply(string policy, params string[] disks) =>
        OnDisks($"apply {policy} to", disks, disk => disk.Policy = policy, policies => policies.ApplyAsync(policy, disks));

    public static CrashOperation Cancel(params string[] disks) => OnDisks("cancel the policies of", disks, disk => disk.Policy = null, policies => policies.CancelAsync(disks));

    public static CrashOperation Pause(bool isPaused, params string[] disks) => OnDisks(
        isPaused ? "pause" : "resume", disks, disk => disk.IsPaused = isPaused, policies => isPaused ? policies.PauseAsync(disks) : policies.ResumeAsync(disks));

    public static CrashOperation DeleteSnapshotsWithDisk(bool deletes, params string[] disks) => OnDisks(
        deletes ? "delete automatic snapshots with" : "keep automatic snapshots of", disks, disk => disk.DeletesSnapshots = deletes, policies => policies.DeleteSnapshotsWithDiskAsync(disks, deletes));

    /// <summary>Runs the policies at a time, an hour or more after the run before. Each disk is a step of its own.</summary>
    public static CrashOperation Run(PoolModel model, SnapshotQuota quota, DateTimeOffset at)
    {
        string[] due = [.. model.WithPolicy().Select(disk => disk.Name)];
        PolicyRunStatus[] expected = [.. due.Select(name => Predict(model, name).Status)];
        return new CrashOperation(
            $"run the policies of {string.Join(',', due)} at {at:MM-dd HH:mm}",
            [.. due.Select(name => (Action<PoolModel>)(known => RunDisk(known, name)))],
            true,
            async pool =>
            {
                PolicyRunResult run = await pool.Policies.RunAsync(new PolicyRunOptions { Expire = false });
                if (run.Outcomes.FirstOrDefault(outcome => outcome.Error is not (null or QuotaExceededException)) is { } failed)
                {
                    throw failed.Error!;
                }

                if (!run.Outcomes.Select(outcome => outcome.Status).SequenceEqual(expected))
                {
                    throw new ViolationException(
                        $"of the disks {string.Join(", ", due)} expected {string.Join(", ", expected)}, found {string.Join(", ", run.Outcomes.Select(outcome => $"{outcome.DiskName} {outcome.Status}"))}");
                }
            }).At(at);

        (PolicyRunStatus Status, IReadOnlyList<string>? Gone) Predict(PoolModel known, string name)
        {
            DiskModel disk = known.Disk(name);
            IReadOnlyList<string>? gone = known.MakeRoom(disk, isAutomatic: true, quota, at);
            return known.IsSuspended ? (PolicyRunStatus.SkippedSuspended, null)
                : known.Policies[disk.Policy!].SkipUnused ? (PolicyRunStatus.SkippedUnused, null)
                : gone is null ? (PolicyRunStatus.Failed, null)
                : (PolicyRunStatus.Created, gone);
        }

        void RunDisk(PoolModel known, string name)
        {
            if (Predict(known, name) is { Status: PolicyRunStatus.Created, Gone: { } gone })
            {
                DiskModel disk = known.Disk(name);
                disk.Delete(gone);
                int? days = known.Policies[disk.Policy!].RetentionDays;
                disk.AutomaticSnapshot(
                    uint.Parse(at.ToString("yyyyMMdd", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), days is { } count ? at.AddDays(count) : null);
            }
        }
    }

    private static CrashOperation OnDisks(string text, string[] disks, Action<DiskModel> change, Func<SnapshotPolicies, Task> act) => CrashOperation.OnPool(
        $"{text} {string.Join(',', disks)}", model => Array.ForEach(disks, name => change(model.Disk(name))), pool => act(pool.Policies));
}
