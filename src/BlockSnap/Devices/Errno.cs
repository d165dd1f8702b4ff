namespace BlockSnap.Devices;

/// <summary>The error numbers that are told apart here. Some differ between Linux and the BSD family, Apple's included.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int AccessDenied = 13;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;

    public static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;
    public static readonly int QuotaExceeded = OperatingSystem.IsLinux() ? 122 : 69;
    public static readonly int NotSupported = OperatingSystem.IsLinux() ? 95 : OperatingSystem.IsMacOS() ? 102 : 45;
    public static readonly int NotImplemented = OperatingSystem.IsLinux() ? 38 : 78;
}
