namespace BlockSnap.Tests.Crashes;

/// <summary>Opens what a crash or a fault left, and judges it.</summary>
internal static class CrashVerifier
{
    /// <summary>Opens a pool, compares it with the run and checks it with data.</summary>
    /// <param name="run">What was done.</param>
    /// <param name="left">The device; opening changes it.</param>
    /// <param name="checkpointKiB">As the pool had it.</param>
    /// <param name="steps">The prefix it holds, -1 when it is none.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Verify(CrashRun run, IStorageDevice left, int checkpointKiB, out int steps)
    {
        steps = -1;
        DiskPool? pool = null;
        try
        {
            pool = CrashChoice.Open(left, checkpointKiB);
            string digest = PoolDigest.Of(pool);
            steps = run.Find(digest);
            if (steps < 0)
            {
                return run.Explain(digest);
            }

            CheckResult check = pool.CheckAsync(verifyData: true).GetAwaiter().GetResult();
            return check.Ok ? null : string.Join("; ", check.Errors.Take(3));
        }
        catch (Exception e)
        {
            return e.ToString();
        }
        finally
        {
            pool?.Abandon();
        }
    }
}
