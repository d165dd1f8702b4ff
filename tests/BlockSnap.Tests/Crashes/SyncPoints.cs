using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>Every sync in the compiled library: the calls that make contents or names durable.</summary>
internal static class SyncPoints
{
    private static readonly string[] s_callees = ["IDeviceFile.Flush", "IStorageDevice.FlushNames", "DurableDirectory.SyncParent", "Libc.Sync", "Libc.SyncData"];

    public static IReadOnlyList<CallSite> FindAll(byte[] library) => CallSites.Find(library, static (_, callee) => s_callees.Contains(callee));

    /// <summary>The library without all calls to one callee.</summary>
    public static byte[] WithoutAll(byte[] library, string callee) =>
        FindAll(library).Where(point => point.Callee == callee).Aggregate(library, CallSites.Without);
}
