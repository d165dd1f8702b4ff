namespace BlockSnap.Testing;

/// <summary>A file that can be told that a flush of it failed. Thread-safe.</summary>
public interface ILossyFile : IDeviceFile
{
    /// <summary>Forgets that what was written since the last flush must reach the medium: it stays readable, no later flush makes it durable.</summary>
    void LoseUnsynced();
}
