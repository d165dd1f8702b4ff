using System.Diagnostics.Metrics;
using BlockSnap.Diagnostics;
using BlockSnap.Disks;
using BlockSnap.Storage;
using Microsoft.Extensions.Logging;

namespace BlockSnap.Pools;

/// <summary>
/// What an open pool tells to logs and metrics. Nothing here is on the path of a read or write: metrics are numbers that the pool keeps anyway, read
/// when somebody collects them, and the durations of operations.
/// </summary>
internal sealed class PoolDiary : IDisposable
{
    private readonly PoolCore _core;
    private readonly ILogger _logger;
    private readonly Meter _meter;
    private readonly Histogram<double> _durations;
    private string _location = "";
    private int _isFaultTold;

    public PoolDiary(PoolCore core)
    {
        _core = core;
        _logger = core.Options.LoggerFactory.CreateLogger(PoolLog.Category);
        _meter = new Meter(Telemetry.Name, version: null, [new("blocksnap.pool.id", core.Store.PoolId.ToString())]);
        _durations = _meter.CreateHistogram<double>("blocksnap.operation.duration", "s", "From the beginning of an operation until it was durable.");
        _meter.CreateObservableCounter(
            "blocksnap.disk.io", () => MeasureTraffic(core), "By", "Bytes that were read from and written to disks, as they were asked for.");
        _meter.CreateObservableCounter(
            "blocksnap.log.appended", () => core.Store.Log.AppendedBytes, "By", "Bytes appended to the log since the pool was opened.");
        _meter.CreateObservableGauge("blocksnap.pool.usage", MeasureUsage, "By", "Bytes of the pool by state: live, dead, or all its files.");
        _meter.CreateObservableGauge("blocksnap.pool.disks", () => CountDisks(core), "{disk}", "Disks.");
        _meter.CreateObservableGauge("blocksnap.pool.snapshots", () => CountSnapshots(core), "{snapshot}", "Snapshots of all disks.");
        _meter.CreateObservableGauge(
            "blocksnap.pool.healthy", () => core.Store.Log.IsFaulted ? 0 : 1, null, "1, or 0 when the pool failed and stopped writing.");
    }

    public void Opened(string location, bool recovered)
    {
        _location = location;
        if (recovered)
        {
            PoolLog.Recovered(_logger, _location);
        }
        else
        {
            PoolLog.Opened(_logger, _location);
        }

        if (_core.Store.MendedSuperblocks is { Count: > 0 } mended)
        {
            PoolLog.SuperblockMended(_logger, _location, string.Join(", ", mended));
        }
    }

    public void Closed() => PoolLog.Closed(_logger, _location);

    /// <summary>The pool stopped writing. Told once.</summary>
    public void Faulted(Exception cause)
    {
        if (Interlocked.Exchange(ref _isFaultTold, 1) == 0)
        {
            PoolLog.Faulted(_logger, _location, cause);
        }
    }

    /// <summary>Deleting what has outlived its retention failed; it will be tried again.</summary>
    public void ExpiryFailed(Exception cause) => PoolLog.ExpiryFailed(_logger, _location, cause);

    /// <summary>Notes events that were published.</summary>
    public void Note(IReadOnlyList<PoolEvent> events)
    {
        foreach (PoolEvent each in events)
        {
            var operation = new KeyValuePair<string, object?>("blocksnap.operation", each.Kind);
            var result = new KeyValuePair<string, object?>("blocksnap.result", each.Result);
            _durations.Record((each.End - each.Start).TotalSeconds, operation, result);
            if (_logger.IsEnabled(LogLevel.Information) || each.Result != PoolEventResult.Succeeded || each.Kind == PoolEventKind.DamageFound)
            {
                Log(each);
            }
        }
    }

    /// <summary>Publishes damage, if there is any: one event for all that one check or scrub found.</summary>
    public void Found(IEnumerable<string> damage)
    {
        List<string> all = [.. damage];
        if (all.Count > 0)
        {
            DateTimeOffset now = _core.Clock.Now;
            _core.Publish(new PoolEvent
            {
                Kind = PoolEventKind.DamageFound,
                Result = PoolEventResult.Failed,
                Start = now,
                End = now,
                Detail = all.Count == 1 ? all[0] : $"{all.Count} errors, the first: {all[0]}",
            });
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Log(PoolEvent each)
    {
        (string kind, string result) = (each.Kind.ToString(), each.Result.ToString());
        (string disk, string snapshot) = (each.DiskName ?? "", each.SnapshotName ?? "");
        string detail = each.Detail is null ? "" : $" ({each.Detail})";
        if (each.Result == PoolEventResult.Failed)
        {
            PoolLog.EndedBadly(_logger, kind, disk, snapshot, result, detail);
        }
        else
        {
            PoolLog.Ended(_logger, kind, disk, snapshot, result, detail);
        }
    }

    private IEnumerable<Measurement<long>> MeasureUsage()
    {
        StoreUsage usage = _core.Store.GetUsage();
        return
        [
            new(usage.LiveBytes, new KeyValuePair<string, object?>("state", "live")),
            new(usage.DeadBytes, new KeyValuePair<string, object?>("state", "dead")),
            new(usage.PhysicalBytes, new KeyValuePair<string, object?>("state", "all files")),
        ];
    }

    private static List<Measurement<long>> MeasureTraffic(PoolCore core)
    {
        var measured = new List<Measurement<long>>();
        using (core.Gate.Enter())
        {
            foreach (DiskVolume volume in core.Catalog.All.Select(chain => chain.Volume).Where(volume => !volume.IsReleased))
            {
                KeyValuePair<string, object?> disk = new("blocksnap.disk.name", volume.Name);
                measured.Add(new Measurement<long>(volume.Traffic.ReadBytes, disk, new("disk.io.direction", "read")));
                measured.Add(new Measurement<long>(volume.Traffic.WrittenBytes, disk, new("disk.io.direction", "write")));
            }
        }

        return measured;
    }

    private static int CountDisks(PoolCore core)
    {
        using (core.Gate.Enter())
        {
            return core.Catalog.All.Count(chain => !chain.Volume.IsReleased);
        }
    }

    private static int CountSnapshots(PoolCore core)
    {
        using (core.Gate.Enter())
        {
            return core.Catalog.All.Sum(chain => chain.Snapshots.Count);
        }
    }
}
