namespace BlockSnap;

/// <summary>There is no space for what was asked. Everything stored before is intact, and the pool works again once space is freed.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PoolFullException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="requestedBytes">Bytes that did not fit, or null when it is not known.</param>
    /// <param name="capacityBytes">Bytes there is room for in all, or null when only the file system knows it.</param>
    /// <param name="innerException">The failure underneath, or null.</param>
    public PoolFullException(long? requestedBytes = null, long? capacityBytes = null, Exception? innerException = null)
        : base(Describe(requestedBytes, capacityBytes), innerException)
    {
        RequestedBytes = requestedBytes;
        CapacityBytes = capacityBytes;
    }

    /// <inheritdoc/>
    public override string Code => "pool-full";

    /// <summary>Bytes that did not fit, or null when it is not known.</summary>
    public long? RequestedBytes { get; }

    /// <summary>Bytes there is room for in all, or null when only the file system knows it.</summary>
    public long? CapacityBytes { get; }

    private static string Describe(long? requestedBytes, long? capacityBytes)
    {
        string requested = requestedBytes is { } bytes ? $" for {bytes} more bytes" : "";
        string capacity = capacityBytes is { } limit ? $" in a capacity of {limit} bytes" : "";
        return $"There is no space{requested}{capacity}. "
            + "Delete snapshots, undo points or what is in the trash, or enlarge the storage, then try again.";
    }
}
