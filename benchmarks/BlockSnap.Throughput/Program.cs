using BlockSnap.Throughput.Reports;
using BlockSnap.Throughput.Scale;
using BlockSnap.Throughput.Workloads;
using System.Diagnostics;
using BlockSnap.Throughput;

const int Done = 0;
const int Failed = 1;
const int Misused = 2;

if (args is [ChildWriter.Argument, ..])
{
    return ChildWriter.Run(args);
}

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.Out.WriteLine(RunOptions.Usage);
    return Done;
}

RunOptions options;
IReadOnlyList<Workload> workloads;
try
{
    options = RunOptions.Parse(args);
    workloads = options.Scale > 0 ? [] : WorkloadCatalog.Select(options.Workloads);
}
catch (FormatException misuse)
{
    Console.Error.WriteLine(misuse.Message);
    Console.Error.WriteLine(RunOptions.Usage);
    return Misused;
}

if (options.Publish is { } directory)
{
    Publication.Write(directory);
    return Done;
}

if (options.List)
{
    foreach (Workload workload in WorkloadCatalog.All)
    {
        Console.Out.WriteLine($"{workload.Name,-28}{(workload.IsExtra ? "(extra) " : "")}{workload.Meaning}");
    }

    return Done;
}

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The ceiling needs fdatasync and control of the page cache: Linux only.");
    return Failed;
}

long start = Stopwatch.GetTimestamp();
if (options.Scale > 0)
{
    ScaleReport scale = ScaleRun.Run(options.Directory, options.Scale, options.Workloads, Progress);
    Console.Out.WriteLine(options.Json ? JsonReport.Write(scale) : ScaleTable.Write(scale));
    return Done;
}

Report report = Runner.Run(options, workloads, Progress);
Console.Out.WriteLine(options.Json ? JsonReport.Write(report) : Table.Write(report));
return report.Failures.Count == 0 ? Done : Failed;

void Progress(string line) => Console.Error.WriteLine($"{Stopwatch.GetElapsedTime(start).TotalSeconds,6:F1} s  {line}");
