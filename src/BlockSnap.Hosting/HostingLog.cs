using Microsoft.Extensions.Logging;

namespace BlockSnap.Hosting;

/// <summary>All log messages of the package. Their numbers never change.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(100, LogLevel.Warning, "Running the policies of the pool {Pool} failed and will be tried again")]
    public static partial void PoliciesFailed(ILogger logger, string pool, Exception cause);
}
