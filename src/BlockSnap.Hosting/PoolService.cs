using Microsoft.Extensions.Hosting;

namespace BlockSnap.Hosting;

/// <summary>
/// Opens a pool when the host starts, so that what is wrong with it ends the start and not the first use, and runs its policies while the
/// host does. A pool that failed ends it with an exception, which by the host's default stops the host: opening again is what mends it.
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
