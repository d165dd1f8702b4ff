namespace BlockSnap.Nbd.Connections;

/// <summary>The open connections, at most so many. Thread-safe.</summary>
internal sealed class ConnectionSet(int countMax)
{
    private readonly Lock _lock = new();

    // In the order of arrival.
    private readonly LinkedList<Connection> _connections = [];
    private TaskCompletionSource? _empty;

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
    /// Takes a connection in. When all places are taken, one that has not finished its handshake is ended, the oldest: whoever only
    /// holds places cannot keep others out.
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
            idle.Abort();
            _connections.AddLast(connection);
            return true;
        }
    }

    public void Remove(Connection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            if (_connections.Count == 0)
            {
                _empty?.TrySetResult();
            }
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

    /// <summary>Completes when no connection is left.</summary>
    public Task WhenEmpty()
    {
        lock (_lock)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_connections.Count == 0)
            {
                _empty.TrySetResult();
            }

            return _empty.Task;
        }
    }
}
