namespace BlockSnap.Simulation;

/// <summary>What a step of a history does, and which of a step's numbers it uses.</summary>
public enum StepKind
{
    /// <summary>Writes data, zeros or a mix: Disk, At, Length, Fill.</summary>
    Write,

    /// <summary>Disk, At, Length (<see cref="Step.Everything"/> = to the end of the disk, as in Discard).</summary>
    WriteZeroes,

    /// <summary>Disk, At, Length.</summary>
    Discard,

    /// <summary>Disk, At = the new size.</summary>
    Resize,

    /// <summary>Disk.</summary>
    Flush,

    /// <summary>Disk.</summary>
    Snapshot,

    /// <summary>Deletes one or more snapshots after a preview: Disk, Pick = the first, Length = how many.</summary>
    DeleteSnapshots,

    /// <summary>Disk, Pick.</summary>
    Rollback,

    /// <summary>Disk.</summary>
    Undo,

    /// <summary>Disk, Pick, At = bytes more than the snapshot has.</summary>
    Clone,

    /// <summary>At = the size.</summary>
    CreateDisk,

    /// <summary>Disk.</summary>
    DeleteDisk,

    /// <summary>The whole pool.</summary>
    Compact,

    /// <summary>The whole pool.</summary>
    Checkpoint,

    /// <summary>The whole pool, data included.</summary>
    Check,

    /// <summary>Close and open.</summary>
    Reopen,

    /// <summary>Flush, kill and open.</summary>
    Kill,

    /// <summary>Compares two states, of one disk or two: Disk, Pick, At, Length.</summary>
    Diff,

    /// <summary>Compares what every snapshot and disk stores.</summary>
    Usage,

    /// <summary>Opens a snapshot and keeps it open, whatever happens to it: Disk, Pick.</summary>
    OpenView,

    /// <summary>Simulation: closes a view that is open: Pick.</summary>
    CloseView,

    /// <summary>Simulation: lets a background worker do its work, when it was signalled: Pick.</summary>
    Work,

    /// <summary>
    /// Simulation: power is cut after so many changing calls to the device (At), in a mode (Pick) that a seed decides the rest of (Fill); and
    /// once more so many calls into the recovery (Length, 0 = not).
    /// </summary>
    Crash,

    /// <summary>Simulation: the device will fail: kind of call and of failure (Pick), after so many of them (At), once or for a while (Length).</summary>
    Fault,

    /// <summary>Simulation: the device has no space for files any more (Pick odd), or has it again (even).</summary>
    Space,

    /// <summary>Takes a snapshot in one of the ways in which more is said than a name, or with a token again: Disk, Pick, Fill.</summary>
    SpecialSnapshot,

    /// <summary>Holds a snapshot, or ends that: Disk, Pick, Fill.</summary>
    Hold,

    /// <summary>Locks a snapshot, or unlocks it: Disk, Pick, At = days, Fill.</summary>
    Lock,

    /// <summary>Says how long a snapshot or an undo point is kept: Disk, Pick, At = days, Fill.</summary>
    Retain,

    /// <summary>Deletes a snapshot into the trash: Disk, Pick, At = days.</summary>
    Trash,

    /// <summary>Brings one back: Disk, Pick.</summary>
    Undelete,

    /// <summary>Tries to delete a snapshot that something keeps: Disk, Pick.</summary>
    DeleteKept,

    /// <summary>Rolls back although the disk is in use, or tries to where that may not be: Disk, Pick, At = days, Fill.</summary>
    RollbackInUse,

    /// <summary>Takes a group of some of the disks, or asks for one again: Pick = bits that leave disks out, Fill.</summary>
    Group,

    /// <summary>Rolls a group back, or undoes that: Pick, Fill.</summary>
    RollbackGroup,

    /// <summary>Deletes a group: Pick, At = days in the trash.</summary>
    DeleteGroup,

    /// <summary>Disk.</summary>
    Reinitialize,

    /// <summary>Keeps the present as a disk and rolls back, in one call: Disk, Pick.</summary>
    Synchronize,

    /// <summary>Makes, deletes an image, or makes disks of one: Disk, Pick, Fill.</summary>
    Image,

    /// <summary>Makes a disk equal to an image of its size: Disk, At, Fill.</summary>
    Import,

    /// <summary>Makes, changes, deletes, applies, cancels, pauses policies: Disk, Pick = which of these, Fill.</summary>
    Policy,

    /// <summary>An hour later: runs the policies.</summary>
    RunPolicies,

    /// <summary>Suspends the pool, or ends that.</summary>
    Suspend,

    /// <summary>Sets the quota that the pool keeps: Pick.</summary>
    Quota,

    /// <summary>Hours or days later: deletes what has outlived its retention: At = hours.</summary>
    Expire,

    /// <summary>Deletes all snapshots that nothing holds.</summary>
    Purge,

    /// <summary>Reads what is stored, or looks for zeros in it: Disk, Pick, Fill.</summary>
    Scrub,
}
