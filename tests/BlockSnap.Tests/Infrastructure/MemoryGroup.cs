namespace BlockSnap.Tests.Infrastructure;

/// <summary>A control group that gives its processes, and what the system caches for them, so much memory. Needs root on Linux.</summary>
public sealed class MemoryGroup : IDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private readonly string _path;

    private MemoryGroup(string path) => _path = path;

    /// <summary>Makes one, or skips the running test with the reason.</summary>
    public static MemoryGroup Make(long bytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "needs root on Linux to make a control group");
        bool first = Directory.Exists(Path.Join(Root, "memory"));
        Assert.SkipUnless(first || (File.Exists($"{Root}/cgroup.subtree_control") && File.ReadAllText($"{Root}/cgroup.subtree_control").Contains("memory", StringComparison.Ordinal)), "no control group for memory here");
        var group = new MemoryGroup(Path.Join(Root, first ? "memory" : "", $"blocksnap-{Guid.NewGuid():N}"));
        try
        {
            Directory.CreateDirectory(group._path);
            File.WriteAllText(Path.Join(group._path, first ? "memory.limit_in_bytes" : "memory.max"), $"{bytes}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"cannot make a control group here: {e.Message}");
        }

        return group;
    }

    /// <summary>The command that runs what follows it in the group.</summary>
    public string[] Command => ["sh", "-c", "echo $$ > \"$0/cgroup.procs\"; exec \"$@\"", _path];

    public void Dispose() => Directory.Delete(_path); // its processes have ended
}
