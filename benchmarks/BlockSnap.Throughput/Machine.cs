using System.Globalization;
using System.Runtime.InteropServices;

namespace BlockSnap.Throughput;

/// <summary>What the figures were taken on.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="ProcessorCount">Cores that this process may use.</param>
/// <param name="MemoryBytes">Memory of the machine.</param>
/// <param name="System">Operating system and kernel.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="FileSystem">Type of the file system measured.</param>
/// <param name="LoadBefore">The load of the last minute when the run began.</param>
internal sealed record Machine(
    string Processor, int ProcessorCount, long MemoryBytes, string System, string Runtime, string FileSystem, double LoadBefore)
{
    public static Machine Describe(string directory) => new(
        ProcessorName(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        $"{RuntimeInformation.OSDescription}, kernel {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
        RuntimeInformation.FrameworkDescription,
        new DriveInfo(directory).DriveFormat,
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {ProcessorCount} cores, {MemoryBytes / (double)ByteSize.GiB:F0} GiB, {System}, {FileSystem}, {Runtime}, load {LoadBefore:F2}");

    private static string ProcessorName() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[^1]
        ?? RuntimeInformation.ProcessArchitecture.ToString();
}
