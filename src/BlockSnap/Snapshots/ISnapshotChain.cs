namespace BlockSnap;

/// <summary>
/// The snapshots of one disk, oldest first, and what can be done with them. It outlives the disk: when the disk is deleted its
/// snapshots stay. Every change is durable when its task completes. Thread-safe.
/// </summary>
public interface ISnapshotChain
{
    /// <summary>The chain's identity, which is the disk's.</summary>
    DiskId Id { get; }

    /// <summary>The disk's name.</summary>
    string DiskName { get; }

    /// <summary>Whether the disk itself has been deleted.</summary>
    bool IsReleased { get; }

    /// <summary>The snapshots, oldest first, as of now.</summary>
    IReadOnlyList<Snapshot> Snapshots { get; }

    /// <summary>The newest snapshot, or null.</summary>
    Snapshot? Latest { get; }

    /// <summary>The state that the last rollback replaced, while undo is possible; not among <see cref="Snapshots"/>.</summary>
    Snapshot? UndoPoint { get; }

    /// <summary>The quota of this chain.</summary>
    SnapshotQuota Quota { get; }

    /// <summary>Finds a snapshot by name (the undo point too), or null.</summary>
    Snapshot? Find(string name);

    /// <summary>Finds a snapshot by identity, or null.</summary>
    Snapshot? Find(SnapshotId id);

    /// <summary>The newest snapshot taken at or before <paramref name="time"/>, or null.</summary>
    Snapshot? FindAt(DateTimeOffset time);

    /// <summary>Makes a snapshot. The state is that of the call's start: exactly the writes acknowledged before it.</summary>
    /// <param name="name">2 to 128 characters: a letter, then letters, digits, ':', '_', '-', '.'; not "auto...", "http://", "https://".</param>
    /// <param name="options">Description, tags, retention, kind.</param>
    /// <param name="cancellationToken">Honoured before the freeze only.</param>
    /// <exception cref="SnapshotExistsException">The name is taken.</exception>
    /// <exception cref="QuotaExceededException">The chain is at its quota.</exception>
    /// <exception cref="DiskNotFoundException">The disk has been deleted.</exception>
    Task<Snapshot> CreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Opens a snapshot as a read-only disk. It stays readable until disposed, whatever happens to the snapshot.</summary>
    /// <exception cref="SnapshotNotFoundException">There is no such snapshot.</exception>
    IDisk Open(string name);

    /// <summary>What a deletion would do; changes nothing.</summary>
    /// <exception cref="SnapshotNotFoundException">One of the names is unknown.</exception>
    Task<DeletePreview> PreviewDeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken = default);

    /// <summary>Deletes snapshots as one step. Blocks that nothing else refers to are freed in the background.</summary>
    /// <param name="names">One or more names.</param>
    /// <param name="force">Also delete snapshots that live disks were made from; those disks go on working.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>What was deleted and how many bytes that frees.</returns>
    /// <exception cref="SnapshotInUseException">Live disks were made from one of them and <paramref name="force"/> is false.</exception>
    Task<DeletePreview> DeleteAsync(IReadOnlyCollection<string> names, bool force = false, CancellationToken cancellationToken = default);

    /// <summary>Takes the whole disk back to a snapshot, its size too. Newer snapshots stay. What was there before becomes <see cref="UndoPoint"/>.</summary>
    Task RollbackAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Brings back, byte for byte, what the last rollback replaced; what was there before becomes the new <see cref="UndoPoint"/>.</summary>
    /// <exception cref="ConflictException">There is nothing to undo.</exception>
    Task UndoRollbackAsync(CancellationToken cancellationToken = default);

    /// <summary>Makes a disk from a snapshot, instantly, with a chain of its own.</summary>
    /// <param name="name">The snapshot.</param>
    /// <param name="diskName">The new disk's name.</param>
    /// <param name="size">The new disk's size, at least the snapshot's, which is the default; the tail reads zero.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    Task<IDisk> CloneAsync(string name, string diskName, long? size = null, CancellationToken cancellationToken = default);

    /// <summary>What each snapshot stores, holds alone and shares; exact.</summary>
    Task<IReadOnlyList<SnapshotUsage>> GetUsageAsync(CancellationToken cancellationToken = default);
}
