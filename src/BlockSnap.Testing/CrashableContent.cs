namespace BlockSnap.Testing;

/// <summary>The bytes of one file of a <see cref="CrashableDevice"/>: as they read, as a power cut now surely leaves them, and the changes between. Guarded by the device's gate.</summary>
internal sealed class CrashableContent
{
    public SharedBytes Durable { get; private set; } = new();

    public SharedBytes Now { get; private set; } = new();

    /// <summary>In the order in which they happened.</summary>
    public List<UnsyncedChange> Unsynced { get; } = [];

    /// <summary>A file of which all is durable.</summary>
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

    /// <summary>What a crash leaves of the file, when a choice is made for each change that was not flushed.</summary>
    public CrashableContent After(Action<UnsyncedChange, SharedBytes> choose)
    {
        SharedBytes bytes = Durable.Share();
        foreach (UnsyncedChange change in Unsynced)
        {
            choose(change, bytes);
        }

        return Of(bytes);
    }

    /// <summary>The file with all that was not flushed.</summary>
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
