using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BlockSnap;

/// <summary>
/// The events of a pool as they come, from the moment the reader was made on. It never holds up the pool: when too many wait to be read, the oldest
/// are dropped, and the next one tells how many (<see cref="PoolEvent.MissedCount"/>). For one reading loop; disposing it, on any thread, ends that.
/// </summary>
public sealed class PoolEventReader : IDisposable
{
    private readonly Channel<PoolEvent> _channel;
    private readonly Action<PoolEventReader> _left;
    private long _last;

    internal PoolEventReader(int capacity, long lastSequence, Action<PoolEventReader> left)
    {
        _channel = Channel.CreateBounded<PoolEvent>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest });
        _last = lastSequence;
        _left = left;
    }

    /// <summary>Waits for events and gives them in order, until it is cancelled or the pool is closed.</summary>
    public async IAsyncEnumerable<PoolEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (PoolEvent next in _channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            long missed = next.Sequence - _last - 1;
            _last = next.Sequence;
            yield return missed == 0 ? next : next with { MissedCount = missed };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _left(this);
        Complete();
    }

    internal void Write(PoolEvent next) => _channel.Writer.TryWrite(next);

    internal void Complete() => _channel.Writer.TryComplete();
}
