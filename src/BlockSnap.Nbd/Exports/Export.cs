using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Exports;

/// <summary>A disk or a snapshot as one connection sees it, opened for that connection.</summary>
internal sealed class Export(DiskPool pool, string name, IDisk disk, bool isReadOnly) : IDisposable
{
    /// <summary>The longest read or write that is advertised and accepted.</summary>
    public const int RequestBytesMax = 32 << 20;

    /// <summary>The shortest read or write that is advertised: single bytes are allowed.</summary>
    public const int RequestBytesMin = 1;

    /// <summary>As the client named it: DISK, DISK@SNAPSHOT, or the empty name.</summary>
    public string Name => name;

    public IDisk Disk => disk;

    public bool IsReadOnly => isReadOnly;

    /// <summary>Whether it is a disk's head, which a rollback would change under the client's hands.</summary>
    public bool IsHead => disk.Capabilities.HasFlag(DiskCapabilities.Write);

    /// <summary>Says to the pool that a client uses the disk, until the result is disposed.</summary>
    /// <exception cref="DiskNotFoundException">The disk was deleted.</exception>
    public IDisposable Attach() => pool.Attach(disk.Id, "an NBD client");

    /// <param name="structured">Whether structured replies were agreed upon.</param>
    public TransmissionFlags FlagsFor(bool structured)
    {
        // One log serves all disks, so a flush anywhere covers the completed writes of every connection.
        TransmissionFlags flags = TransmissionFlags.HasFlags
            | TransmissionFlags.SendFlush
            | TransmissionFlags.SendCache
            | TransmissionFlags.CanMultiConnect;
        if (structured)
        {
            flags |= TransmissionFlags.SendDontFragment;
        }

        return isReadOnly
            ? flags | TransmissionFlags.ReadOnly
            : flags | TransmissionFlags.SendFua | TransmissionFlags.SendTrim | TransmissionFlags.SendWriteZeroes | TransmissionFlags.SendFastZero;
    }

    /// <summary>The contexts that a query selects: one by its whole name, all of a namespace, or all there are for an empty query.</summary>
    public IEnumerable<string> ContextsMatching(string query)
    {
        IEnumerable<string> changed = disk.Chain.Snapshots.Select(snapshot => MetaContext.ChangedPrefix + snapshot.Name);
        IEnumerable<string> all = changed.Prepend(MetaContext.AllocationName);
        bool isNamespace = query is "" or "base:" or "blocksnap:" or MetaContext.ChangedPrefix;
        return all.Where(context => isNamespace ? context.StartsWith(query, StringComparison.Ordinal) : context == query);
    }

    /// <summary>Opens a context by its whole name.</summary>
    /// <exception cref="SnapshotNotFoundException">It names a snapshot that is gone.</exception>
    public MetaContext OpenContext(string context) => context.StartsWith(MetaContext.ChangedPrefix, StringComparison.Ordinal)
        ? MetaContext.ChangedSince(context[MetaContext.ChangedPrefix.Length..], pool, disk)
        : MetaContext.Allocation(pool, disk);

    public void Dispose() => disk.Dispose();
}
