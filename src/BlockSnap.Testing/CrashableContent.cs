namespace BlockSnap.Testing;

/// <summary>
/// The bytes of one file of a <see cref="CrashableDevice"/>: as they read now, as they were when last flushed, and the changes between the
/// two. Guarded by the device's gate.
/// </summary>
internal sealed class CrashableContent
{
    public SharedBytes Durable { get; private set; } = new();

    public SharedBytes Now { get; private set; } = new();

    /// <summary>The changes that no flush covers, in the order in which they happened.</summary>
    public List<UnsyncedChange> Unsynced { get; } = [];

    /// <summary>A file whose bytes are all durable.</summary>
    public static CrashableContent Of(SharedBytes bytes) => new() { Durable = bytes, Now = bytes.Share() };

    public void Change(UnsyncedChange change)
    {
        change.ApplyTo(Now);
        Unsynced.Add(change);
    }

    public void Flush()
    {
        foreach (UnsyncedChange change in Unsynced)
        {
            change.ApplyTo(Durable);
        }

        Unsynced.Clear();
    }

    /// <summary>What a crash leaves of the file. For each change that was not flushed, the caller applies what survives of it.</summary>
    public CrashableContent After(Action<UnsyncedChange, SharedBytes> choose)
    {
        SharedBytes bytes = Durable.Share();
        foreach (UnsyncedChange change in Unsynced)
        {
            choose(change, bytes);
        }

        return Of(bytes);
    }

    /// <summary>A copy of the file, which keeps apart what was not flushed.</summary>
    public CrashableContent Copy()
    {
        var copy = new CrashableContent { Durable = Durable.Share(), Now = Now.Share() };
        copy.Unsynced.AddRange(Unsynced);
        return copy;
    }

    public void Replace(byte[] bytes)
    {
        Durable = SharedBytes.Of(bytes);
        Now = Durable.Share();
        Unsynced.Clear();
    }
}
