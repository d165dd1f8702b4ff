namespace BlockSnap.Devices;

/// <summary>Tells one start of the machine from another, so that the monotonic times that two processes read can be compared.</summary>
internal static class MachineStart
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>The same for all processes until the machine is started anew; all zeros where the system does not tell.</summary>
    public static Guid Read()
    {
        try
        {
            return OperatingSystem.IsLinux() && Guid.TryParse(System.IO.File.ReadAllText(File).AsSpan().Trim(), out Guid start) ? start : Guid.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Guid.Empty;
        }
    }
}
