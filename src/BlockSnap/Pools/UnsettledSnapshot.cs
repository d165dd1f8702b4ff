namespace BlockSnap.Pools;

/// <summary>A snapshot that was made and is not durable yet: it will be when the log up to it is on the device.</summary>
/// <param name="Status">Progressing or failed.</param>
/// <param name="FromBytes">How many bytes of the log had been handed to the device when it was made.</param>
/// <param name="ToBytes">How many must have been.</param>
internal readonly record struct UnsettledSnapshot(SnapshotStatus Status, long FromBytes, long ToBytes)
{
    /// <summary>How far it has come, 0 to 99, since the flush itself is still to come.</summary>
    /// <param name="handedBytes">How many bytes of the log have been handed to the device by now.</param>
    public int Percent(long handedBytes) => ToBytes <= FromBytes
        ? 0
        : (int)Math.Clamp(100 * (handedBytes - FromBytes) / (ToBytes - FromBytes), 0, 99);
}
