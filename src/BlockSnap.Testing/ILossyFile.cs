namespace BlockSnap.Testing;

/// <summary>A file that can be told that a flush of it failed. Thread-safe.</summary>
public interface ILossyFile : IDeviceFile
{
    /// <summary>
    /// Drops the bytes written since the last flush from what must still reach the medium: they stay readable, but no later flush makes them
    /// durable.
    /// </summary>
    void LoseUnsynced();
}
