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

    /// <summary>Deleted snapshots that can still be had back, oldest first.</summary>
    IReadOnlyList<Snapshot> Trash { get; }

    /// <summary>The newest snapshot, or null.</summary>
    Snapshot? Latest { get; }

    /// <summary>Whether the disk was written, discarded or resized since its newest snapshot; true when there is none.</summary>
    bool HasChanges { get; }

    /// <summary>The snapshot that the disk was made from, also when it is gone; null for a disk that was empty at first.</summary>
    SnapshotId? Origin { get; }

    /// <summary>
    /// The states that rollbacks replaced, oldest first, each with a name and a retention of its own. They can be opened, undone to, given
    /// another retention and deleted by name; at most <see cref="DiskPoolOptions.UndoPointsMax"/>, then the oldest gives way.
    /// </summary>
    IReadOnlyList<Snapshot> UndoPoints { get; }

    /// <summary>What the last rollback replaced, or null.</summary>
    Snapshot? UndoPoint { get; }

    /// <summary>The quota of this chain.</summary>
    SnapshotQuota Quota { get; }

    /// <summary>Finds a snapshot or an undo point by name, or null.</summary>
    Snapshot? Find(string name);

    /// <summary>Finds a snapshot or an undo point by identity, or null.</summary>
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
    /// <exception cref="ConflictException">Another change of the chain is under way, or the client token was used with other arguments.</exception>
    /// <exception cref="PoolSuspendedException">The pool is suspended.</exception>
    /// <exception cref="SnapshotHookException">A hook failed.</exception>
    Task<Snapshot> CreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="CreateAsync"/>, but returns at the freeze point, while the snapshot is being made durable.</summary>
    Task<SnapshotCreation> BeginCreateAsync(string name, SnapshotOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Opens a snapshot as a read-only disk. It stays readable until disposed, whatever happens to the snapshot.</summary>
    /// <exception cref="SnapshotNotFoundException">There is no such snapshot.</exception>
    IDisk Open(string name);

    /// <summary>What a deletion would do; changes nothing.</summary>
    /// <exception cref="SnapshotNotFoundException">One of the names is unknown.</exception>
    Task<DeletePreview> PreviewDeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes snapshots: as one step, or when they are more than 1,000 in steps of that many, in order. Blocks that nothing else refers
    /// to are freed in the background.
    /// </summary>
    /// <param name="names">Any number of names of snapshots and undo points.</param>
    /// <param name="force">Also delete snapshots that live disks were made from; those disks go on working.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>What was deleted and how many bytes that frees, now or when the trash gives it up.</returns>
    /// <exception cref="SnapshotInUseException">Something holds one of them: a hold, an image, or a disk made from it and no force.</exception>
    /// <exception cref="SnapshotLockedException">One of them is locked.</exception>
    Task<DeletePreview> DeleteAsync(IReadOnlyCollection<string> names, bool force = false, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="DeleteAsync(IReadOnlyCollection{string}, bool, CancellationToken)"/>
    Task<DeletePreview> DeleteAsync(IReadOnlyCollection<string> names, SnapshotDeleteOptions options, CancellationToken cancellationToken = default);

    /// <summary>Brings a deleted snapshot back out of the trash, to its old place in the chain; of several of one name the newest.</summary>
    /// <exception cref="SnapshotNotFoundException">The trash has none of that name.</exception>
    /// <exception cref="SnapshotExistsException">Another snapshot has the name now.</exception>
    Task<Snapshot> UndeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Says whether the disk can be rolled back to a snapshot, and everything that stands against it at once.</summary>
    RollbackCheck CanRollback(string name);

    /// <inheritdoc cref="CanRollback(string)"/>
    RollbackCheck CanRollback(SnapshotId id);

    /// <summary>
    /// Takes the whole disk back to a snapshot, its size too. Newer snapshots stay. What was there before becomes <see cref="UndoPoint"/>.
    /// </summary>
    /// <exception cref="ConflictException">It cannot be rolled back at present; see <see cref="CanRollback(string)"/>.</exception>
    Task RollbackAsync(string name, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="RollbackAsync(string, CancellationToken)"/>
    Task RollbackAsync(string name, RollbackOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings back, byte for byte, what the last rollback replaced. Its undo point is used up; what was there before becomes the new
    /// <see cref="UndoPoint"/>.
    /// </summary>
    /// <exception cref="ConflictException">There is nothing to undo, somebody uses the disk, or another change of it is under way.</exception>
    Task UndoRollbackAsync(CancellationToken cancellationToken = default);

    /// <summary>Brings back one of <see cref="UndoPoints"/>, as if it were the last.</summary>
    /// <exception cref="SnapshotNotFoundException">There is none of that name.</exception>
    /// <exception cref="ConflictException">Somebody uses the disk, or another change of it is under way.</exception>
    Task UndoRollbackAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The same, with what can be said of any rollback.</summary>
    /// <param name="name">One of <see cref="UndoPoints"/>, or null for the last.</param>
    /// <param name="options">How long what was there before is kept, and whether to go on although somebody uses the disk.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="SnapshotNotFoundException">There is none of that name.</exception>
    /// <exception cref="ConflictException">There is nothing to undo, somebody uses the disk, or another change of it is under way.</exception>
    Task UndoRollbackAsync(string? name, RollbackOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Rolls the disk back and lets what is useful of the present be copied over afterwards: in one step the present state becomes the
    /// snapshot <paramref name="presentName"/>, the disk goes back to <paramref name="name"/>, and a new disk is made of the present. Copy
    /// from it what is to be kept, then delete it.
    /// </summary>
    /// <param name="name">The snapshot to go back to.</param>
    /// <param name="presentName">The name of the snapshot of the present.</param>
    /// <param name="diskName">The name of the new disk.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <returns>The new disk.</returns>
    Task<IDisk> SynchronizeFromAsync(string name, string presentName, string diskName, CancellationToken cancellationToken = default);

    /// <summary>
    /// How many bytes <see cref="SynchronizeFromAsync"/> would change on the disk. Changes nothing. It is refused when that would be, but not because
    /// somebody uses the disk.
    /// </summary>
    /// <param name="name">The snapshot to go back to.</param>
    /// <param name="presentName">The name of the snapshot of the present.</param>
    /// <param name="diskName">The name of the new disk.</param>
    /// <param name="cancellationToken">Ends the comparison.</param>
    Task<long> PreviewSynchronizeFromAsync(string name, string presentName, string diskName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a disk what it was at first: empty, or what the snapshot holds that it was made from; it keeps its size, if that is enough for
    /// the snapshot. Can be undone like a rollback.
    /// </summary>
    /// <exception cref="OriginDeletedException">The snapshot it was made from has been deleted.</exception>
    Task ReinitializeAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives a snapshot or an undo point another retention, from now on: 1 to 65,536 days, or null for ever.</summary>
    Task<Snapshot> SetRetentionAsync(string name, int? days, CancellationToken cancellationToken = default);

    /// <summary>Holds a snapshot under a name: it is not deleted, nor does it expire, until all its holds are released.</summary>
    /// <param name="name">The snapshot.</param>
    /// <param name="hold">1 to 128 characters; at most 20 holds a snapshot. One that it has already changes nothing.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    Task<Snapshot> HoldAsync(string name, string hold, CancellationToken cancellationToken = default);

    /// <summary>Releases a hold.</summary>
    /// <exception cref="ConflictException">There is no such hold.</exception>
    Task<Snapshot> ReleaseHoldAsync(string name, string hold, CancellationToken cancellationToken = default);

    /// <summary>
    /// Locks a snapshot: nobody deletes it before the lock ends, whatever the clock says, and with no option. The time counts that the
    /// pool has certainly seen pass: by the machine's monotonic time, also between openings, but not while the machine is off.
    /// A call during the cool-off sets the lock anew; afterwards it can only be made longer.
    /// </summary>
    /// <param name="name">The snapshot.</param>
    /// <param name="days">1 to 36,500 days from now.</param>
    /// <param name="coolOff">How long the lock can still be changed or taken off: 0 (the default) to 72 hours.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    /// <exception cref="SnapshotLockedException">The lock it has would become shorter.</exception>
    Task<Snapshot> LockAsync(string name, int days, TimeSpan coolOff = default, CancellationToken cancellationToken = default);

    /// <summary>Takes a lock off during its cool-off, or one that has ended.</summary>
    /// <exception cref="SnapshotLockedException">The cool-off is over.</exception>
    Task<Snapshot> UnlockAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Makes a disk from a snapshot, instantly, with a chain of its own.</summary>
    /// <param name="name">The snapshot.</param>
    /// <param name="diskName">The new disk's name.</param>
    /// <param name="size">The new disk's size, at least the snapshot's, which is the default; the tail reads zero.</param>
    /// <param name="cancellationToken">Honoured before the step only.</param>
    Task<IDisk> CloneAsync(string name, string diskName, long? size = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// What each snapshot stores, holds alone and shares; exact. What cannot have changed since it was last asked for is not counted again; else the
    /// work is in proportion to the answers.
    /// </summary>
    Task<IReadOnlyList<SnapshotUsage>> GetUsageAsync(CancellationToken cancellationToken = default);

    /// <summary>What one snapshot stores, holds alone and shares; exact.</summary>
    /// <exception cref="SnapshotNotFoundException">There is none of that name.</exception>
    Task<SnapshotUsage> GetUsageAsync(string name, CancellationToken cancellationToken = default);
}
