using Microsoft.Extensions.Logging;

namespace BlockSnap.Diagnostics;

/// <summary>Every log message, with its event number, which never changes. Nothing is logged on the path of a read or write.</summary>
internal static partial class PoolLog
{
    /// <summary>The category of the loggers.</summary>
    public const string Category = "BlockSnap.DiskPool";

    [LoggerMessage(1, LogLevel.Information, "Opened the pool {Pool}")]
    public static partial void Opened(ILogger logger, string pool);

    [LoggerMessage(2, LogLevel.Information, "Opened the pool {Pool} after a crash: its log was replayed")]
    public static partial void Recovered(ILogger logger, string pool);

    [LoggerMessage(3, LogLevel.Information, "Closed the pool {Pool}")]
    public static partial void Closed(ILogger logger, string pool);

    [LoggerMessage(4, LogLevel.Critical, "The pool {Pool} failed and stopped writing; open it again to go on")]
    public static partial void Faulted(ILogger logger, string pool, Exception cause);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "The newest superblock of the pool {Pool} was not whole in {Files}, and was written there again. "
        + "A crash can leave that; if there was none, look at the storage")]
    public static partial void SuperblockMended(ILogger logger, string pool, string files);

    [LoggerMessage(6, LogLevel.Warning, "Deleting what has outlived its retention failed in the pool {Pool}, and will be tried again")]
    public static partial void ExpiryFailed(ILogger logger, string pool, Exception cause);

    [LoggerMessage(10, LogLevel.Information, "{Event} of {Disk}@{Snapshot}: {Result}{Detail}")]
    public static partial void Ended(ILogger logger, string @event, string disk, string snapshot, string result, string detail);

    [LoggerMessage(11, LogLevel.Warning, "{Event} of {Disk}@{Snapshot}: {Result}{Detail}")]
    public static partial void EndedBadly(ILogger logger, string @event, string disk, string snapshot, string result, string detail);
}
