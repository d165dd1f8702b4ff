namespace BlockSnap.Nbd.Exports;

/// <summary>
/// Which connections use which disk's head, so that a rollback does not change a disk under a client that does not expect it.
/// A disk is either used by clients or reserved, never both. Thread-safe.
/// </summary>
internal sealed class HeadClients
{
    private readonly Lock _lock = new();
    private readonly Dictionary<DiskId, Uses> _disks = [];

    /// <summary>Notes that a client uses a disk, here and in the pool, which then refuses every rollback of it.</summary>
    /// <param name="disconnect">Ends the client's connection; called by a reservation that disconnects clients.</param>
    /// <returns>The note, to be disposed when the client is done; null while the disk is reserved.</returns>
    /// <exception cref="DiskNotFoundException">The disk was deleted since it was opened.</exception>
    public IDisposable? TryEnter(Export export, Action disconnect)
    {
        DiskId disk = export.Disk.Id;
        lock (_lock)
        {
            if (_disks.GetValueOrDefault(disk) is { Reservations: > 0 })
            {
                return null;
            }

            IDisposable attachment = export.Attach();
            return new Visit(this, disk, disconnect, UsesOf(disk), attachment);
        }
    }

    /// <summary>Keeps clients off a disk until the result is disposed.</summary>
    /// <param name="disconnect">Whether to disconnect clients that use it and wait until they are gone, rather than refuse.</param>
    /// <exception cref="ConflictException">Clients use the disk.</exception>
    public async Task<IDisposable> ReserveAsync(DiskId disk, string diskName, bool disconnect, CancellationToken cancellationToken)
    {
        Task gone;
        Reservation reservation;
        lock (_lock)
        {
            Uses uses = UsesOf(disk);
            if (uses.Visits.Count > 0 && !disconnect)
            {
                string connections = uses.Visits.Count == 1 ? "A connection uses" : $"{uses.Visits.Count} connections use";
                throw new ConflictException($"{connections} the disk '{diskName}', which would change beneath; clients can be disconnected");
            }

            reservation = new Reservation(this, disk, uses);
            gone = uses.Gone();
            foreach (Visit visit in uses.Visits)
            {
                visit.Disconnect();
            }
        }

        try
        {
            await gone.WaitAsync(cancellationToken).ConfigureAwait(false);
            return reservation;
        }
        catch
        {
            reservation.Dispose();
            throw;
        }
    }

    private Uses UsesOf(DiskId disk)
    {
        if (!_disks.TryGetValue(disk, out Uses? uses))
        {
            _disks.Add(disk, uses = new Uses());
        }

        return uses;
    }

    private void ForgetUnused(DiskId disk, Uses uses)
    {
        if (uses.Visits.Count == 0 && uses.Reservations == 0)
        {
            _disks.Remove(disk);
        }
    }

    private sealed class Uses
    {
        private TaskCompletionSource? _gone;

        public HashSet<Visit> Visits { get; } = [];

        public int Reservations { get; set; }

        public Task Gone() => Visits.Count == 0
            ? Task.CompletedTask
            : (_gone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void Remove(Visit visit)
        {
            if (Visits.Remove(visit) && Visits.Count == 0)
            {
                _gone?.SetResult();
                _gone = null;
            }
        }
    }

    private sealed class Visit : IDisposable
    {
        private readonly HeadClients _owner;
        private readonly DiskId _disk;
        private readonly Uses _uses;
        private readonly IDisposable _attachment;

        public Visit(HeadClients owner, DiskId disk, Action disconnect, Uses uses, IDisposable attachment)
        {
            _owner = owner;
            _disk = disk;
            _uses = uses;
            _attachment = attachment;
            Disconnect = disconnect;
            uses.Visits.Add(this);
        }

        public Action Disconnect { get; }

        public void Dispose()
        {
            _attachment.Dispose(); // first, so that whoever waits for the disk to be free finds it free in the pool too
            lock (_owner._lock)
            {
                _uses.Remove(this);
                _owner.ForgetUnused(_disk, _uses);
            }
        }
    }

    private sealed class Reservation : IDisposable
    {
        private readonly HeadClients _owner;
        private readonly DiskId _disk;
        private readonly Uses _uses;
        private bool _disposed;

        public Reservation(HeadClients owner, DiskId disk, Uses uses)
        {
            _owner = owner;
            _disk = disk;
            _uses = uses;
            uses.Reservations++;
        }

        public void Dispose()
        {
            lock (_owner._lock)
            {
                if (!_disposed)
                {
                    _disposed = true;
                    _uses.Reservations--;
                    _owner.ForgetUnused(_disk, _uses);
                }
            }
        }
    }
}
