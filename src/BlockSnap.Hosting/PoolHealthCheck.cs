using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BlockSnap.Hosting;

/// <summary>
/// Unhealthy: the pool is not open, or its device failed and nothing is written any more. Degraded: it is suspended, or policies failed in the
/// last run in which any was due. The check reads nothing from the device.
/// </summary>
internal sealed class PoolHealthCheck(PoolSource source) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context));

    private HealthCheckResult Check(HealthCheckContext context)
    {
        if (!source.IsOpen)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"The pool {source.Options.Directory} is not open.");
        }

        DiskPool pool = source.Pool;
        int failed = source.LastRun?.Outcomes.Count(outcome => outcome.Status == PolicyRunStatus.Failed) ?? 0;
        var data = new Dictionary<string, object>
        {
            ["pool"] = pool.Location,
            ["failedPolicyRuns"] = failed,
        };
        if (pool.IsFaulted)
        {
            string message = $"The pool {pool.Location} failed and stopped writing; open it again.";
            return new HealthCheckResult(context.Registration.FailureStatus, message, data: data);
        }

        if (pool.SuspendReason is { } reason)
        {
            return HealthCheckResult.Degraded($"The pool {pool.Location} is suspended: {reason}", data: data);
        }

        return failed > 0
            ? HealthCheckResult.Degraded($"No automatic snapshot could be made of {failed} disks.", data: data)
            : HealthCheckResult.Healthy($"The pool {pool.Location} is open.", data);
    }
}
