namespace BlockSnap.Pools;

/// <summary>A snapshot that was made and is not durable yet: it is when the log has reached the device up to it.</summary>
/// <param name="Status">Progressing or failed.</param>
/// <param name="FromBytes">Of the log's bytes those that had been handed to the device when it was made.</param>
/// <param name="ToBytes">Those that must be.</param>
internal readonly record struct UnsettledSnapshot(SnapshotStatus Status, long FromBytes, long ToBytes)
{
    /// <summary>How far it has come, 0 to 99: the flush itself is still to come.</summary>
    /// <param name="handedBytes">The bytes of the log that have been handed to the device by now.</param>
    public int Percent(long handedBytes) => ToBytes <= FromBytes ? 0 : (int)Math.Clamp(100 * (handedBytes - FromBytes) / (ToBytes - FromBytes), 0, 99);
}
