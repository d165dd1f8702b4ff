namespace BlockSnap.Storage;

/// <summary>Map nodes without a name to which nothing refers any more: what they refer to is given back in steps. All under the gate.</summary>
internal interface IVolatileReleases
{
    /// <summary>Nodes that wait; those below them wait too, uncounted. A hint when the gate is not held.</summary>
    int Waiting { get; }

    /// <summary>Queues the releases of what up to so many nodes refer to, with those that begin to wait meanwhile.</summary>
    void Release(int nodes);
}
