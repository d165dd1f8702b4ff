namespace BlockSnap.Storage;

/// <summary>Map nodes without a name to which nothing refers any more; what they refer to is released in steps. All under the gate.</summary>
internal interface IVolatileReleases
{
    /// <summary>How many nodes wait, not counting those below them, which wait too. A hint when the gate is not held.</summary>
    int Waiting { get; }

    /// <summary>Queues the releases of what up to so many nodes refer to; nodes that begin to wait meanwhile are among them.</summary>
    void Release(int nodes);
}
