using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <summary>What a client is told when a disk refuses or fails.</summary>
internal static class ErrorNumbers
{
    public static NbdError Of(Exception failure) => failure switch
    {
        PoolFullException => NbdError.NoSpace,
        PoolReadOnlyException => NbdError.NotPermitted,
        ArgumentOutOfRangeException => NbdError.NoSpace, // the disk was shrunk since the request was judged
        ObjectDisposedException or DiskNotFoundException => NbdError.Shutdown,
        OutOfMemoryException => NbdError.NoMemory,
        _ => NbdError.InputOutput,
    };
}
