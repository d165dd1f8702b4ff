using Microsoft.Extensions.Hosting;

namespace BlockSnap.Hosting;

/// <summary>
/// Opens a pool when the host starts, so that a problem with it makes the start fail rather than the first use, and runs its policies while
/// the host runs. When the pool fails, this ends with an exception, which by default stops the host: only opening the pool again can mend it.
/// </summary>
internal sealed class PoolService(PoolSource source) : BackgroundService, IProgress<PolicyRunResult>, IProgress<Exception>
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await source.OpenAsync(cancellationToken).ConfigureAwait(false);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    void IProgress<PolicyRunResult>.Report(PolicyRunResult value) => source.LastRun = value;

    void IProgress<Exception>.Report(Exception value) => HostingLog.PoliciesFailed(source.Logger, source.Options.Directory, value);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => source.Options is { RunPolicies: true, Pool.ReadOnly: false }
        ? new PolicyRunner(source.Pool, PoolSource.RunnerOptionsOf(source.Options, this, this)).RunAsync(stoppingToken)
        : Task.CompletedTask;
}
