using BlockSnap.Throughput.Reports;
using BlockSnap.Throughput.Workloads;

namespace BlockSnap.Throughput;

/// <summary>Runs the workloads one after the other and collects their lines.</summary>
internal static class Runner
{
    // There are two pools and the raw file at a time, and each pool may take as much again that it has not yet given back.
    private const int SpaceFactor = 6;

    /// <exception cref="IOException">The directory has too little space.</exception>
    public static Report Run(RunOptions options, IReadOnlyList<Workload> workloads, Action<string> progress)
    {
        Directory.CreateDirectory(options.Directory);
        long free = new DriveInfo(options.Directory).AvailableFreeSpace;
        if (free / SpaceFactor < options.Size)
        {
            string needed = ByteSize.Format(options.Size * SpaceFactor);
            throw new IOException($"'{options.Directory}' needs {needed} of free space for --size {ByteSize.Format(options.Size)}.");
        }

        Machine machine = Machine.Describe(options.Directory);
        progress(machine.ToString());
        var lines = new List<Measurement>();
        var failures = new List<string>();
        using var stage = new Stage(options, progress);
        stage.FlushUnit.Take(); // to warm it up; it counts in the median like any other
        foreach (Workload workload in workloads)
        {
            progress(workload.Name);
            try
            {
                stage.Keep(workload.Pools(options));
                foreach (Measurement line in workload.Measure(stage))
                {
                    lines.Add(line);
                    progress("  " + Table.WriteLine(line));
                }
            }
            catch (Exception failure)
            {
                // The other workloads go on. What the failed one left in its pools must not disturb them.
                Fail(workload.Name, failure);
                DropPools(workload.Name);
            }
        }

        DropPools("close");

        double flushUnit = stage.FlushUnit.Median;
        return new Report(
            machine,
            BuildFacts.Commit,
            TimeProvider.System.GetUtcNow(),
            options.Size,
            options.Seconds,
            flushUnit,
            FlushUnit.IsQuick(flushUnit),
            lines,
            failures);

        void DropPools(string name)
        {
            try
            {
                stage.Keep([]);
            }
            catch (Exception failure)
            {
                Fail(name, failure); // A pool that failed may fail to close as well.
            }
        }

        void Fail(string name, Exception failure)
        {
            failures.Add($"{name}: {failure}");
            progress($"  FAILED {name}: {failure.Message}");
        }
    }
}
