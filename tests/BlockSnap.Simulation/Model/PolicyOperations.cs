namespace BlockSnap.Simulation;

/// <summary>The operations on policies, and runs of them: each run at an hour of its own, so that something is due in each.</summary>
internal static class PolicyOperations
{
    private static readonly DateTimeOffset s_start = new ManualTime().GetUtcNow();

    public static CrashOperation Create(string name) => new(
        $"policy {name}", [model => model.Policies.Add(name)], true, pool => pool.Policies.CreateAsync(new SnapshotPolicy { Name = name, Hours = [.. Enumerable.Range(0, 24)] }));

    public static CrashOperation Delete(string name) => new(
        $"delete policy {name}", [model => model.Policies.Remove(name)], true, pool => pool.Policies.DeleteAsync(name));

    public static CrashOperation Apply(string policy, params string[] disks) =>
        OnDisks($"apply {policy} to", disks, disk => disk.Policy = policy, policies => policies.ApplyAsync(policy, disks));

    public static CrashOperation Cancel(params string[] disks) => OnDisks("cancel the policies of", disks, disk => disk.Policy = null, policies => policies.CancelAsync(disks));

    public static CrashOperation Pause(bool isPaused, params string[] disks) => OnDisks(
        isPaused ? "pause" : "resume", disks, disk => disk.IsPaused = isPaused, policies => isPaused ? policies.PauseAsync(disks) : policies.ResumeAsync(disks));

    public static CrashOperation DeleteSnapshotsWithDisk(bool deletes, params string[] disks) => OnDisks(
        deletes ? "delete automatic snapshots with" : "keep automatic snapshots of", disks, disk => disk.DeletesSnapshots = deletes, policies => policies.DeleteSnapshotsWithDiskAsync(disks, deletes));

    /// <summary>Runs the policies at the hour of a number, which is greater than those of the runs before. Each disk is a step of its own.</summary>
    public static CrashOperation Run(PoolModel model, int number)
    {
        DateTimeOffset at = s_start.AddHours(number);
        string[] due = [.. model.WithPolicy().Select(disk => disk.Name)];
        uint day = uint.Parse(at.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
        return new CrashOperation(
            $"run the policies of {string.Join(',', due)} at {at:MM-dd HH:mm}",
            [.. due.Select(name => (Action<PoolModel>)(m => m.Disks.Single(disk => disk.Name == name).AutomaticSnapshot(day)))],
            true,
            async pool =>
            {
                var time = (ManualTime)pool.TimeProvider;
                time.Advance(at > time.GetUtcNow() ? at - time.GetUtcNow() : TimeSpan.Zero);
                PolicyRunResult run = await pool.Policies.RunAsync(new PolicyRunOptions { Expire = false });
                if (run.Outcomes.FirstOrDefault(outcome => outcome.Error is not null) is { } failed)
                {
                    throw failed.Error!;
                }

                if (run.Outcomes.Count != due.Length || run.Outcomes.Any(outcome => outcome.Status != PolicyRunStatus.Created))
                {
                    throw new ViolationException($"of {due.Length} disks with a policy {string.Join(", ", run.Outcomes.Select(outcome => $"{outcome.DiskName} {outcome.Status}"))}");
                }
            });
    }

    private static CrashOperation OnDisks(string text, string[] disks, Action<DiskModel> change, Func<SnapshotPolicies, Task> act) => new(
        $"{text} {string.Join(',', disks)}",
        [model => Array.ForEach(disks, name => change(model.Disks.Single(disk => disk.Name == name)))],
        true,
        pool => act(pool.Policies));
}
