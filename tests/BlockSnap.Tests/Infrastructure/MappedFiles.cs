namespace BlockSnap.Tests.Infrastructure;

/// <summary>The files that this process has mapped into memory, as the system lists them; none where it is not Linux.</summary>
internal static class MappedFiles
{
    public static bool Contains(string directory) =>
        OperatingSystem.IsLinux() && File.ReadLines("/proc/self/maps").Any(line => line.Contains(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal));
}
