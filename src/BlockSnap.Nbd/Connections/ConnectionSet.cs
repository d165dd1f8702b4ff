namespace BlockSnap.Nbd.Connections;

/// <summary>The open connections, at most <paramref name="countMax"/> of them. Thread-safe.</summary>
/// <param name="countMax">How many places there are.</param>
internal sealed class ConnectionSet(int countMax)
{
    private readonly Lock _lock = new();

    // In the order of arrival.
    private readonly LinkedList<Connection> _connections = [];

    // Those that were aborted because a newcomer needed their place, and have not ended yet.
    private readonly HashSet<Connection> _displaced = [];
    private TaskCompletionSource? _empty;

    /// <summary>Places that are taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>
    /// Takes a connection in. When all places are taken, the oldest one that is still in its handshake is aborted: a client that only
    /// occupies a place cannot keep others out.
    /// </summary>
    /// <returns>False when all places are taken by clients at work.</returns>
    public bool TryAdd(Connection connection)
    {
        lock (_lock)
        {
            if (_connections.Count < countMax)
            {
                _connections.AddLast(connection);
                return true;
            }

            Connection? idle = _connections.FirstOrDefault(other => !other.Transmits);
            if (idle is null)
            {
                return false;
            }

            _connections.Remove(idle);
            _displaced.Add(idle);
            idle.Abort();
            _connections.AddLast(connection);
            return true;
        }
    }

    /// <summary>Takes note that a connection has ended.</summary>
    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            _displaced.Remove(connection);
            TellIfEmpty();
        }
    }

    public void ForEach(Action<Connection> action)
    {
        lock (_lock)
        {
            foreach (Connection connection in _connections)
            {
                action(connection);
            }
        }
    }

    /// <summary>Completes when every connection has ended, those that lost their place included. None may be added any more.</summary>
    public Task WhenEmpty()
    {
        lock (_lock)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TellIfEmpty();
            return _empty.Task;
        }
    }

    private void TellIfEmpty()
    {
        if (_connections.Count + _displaced.Count == 0)
        {
            _empty?.TrySetResult();
        }
    }
}
