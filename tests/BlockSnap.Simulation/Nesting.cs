namespace BlockSnap.Simulation;

/// <summary>Where inside a step others may be done, so that the order of things can still be told.</summary>
internal enum Nesting
{
    Nowhere,

    /// <summary>Once it has happened in memory and is being made durable.</summary>
    WhileFlushing,

    /// <summary>At each of its device calls that is no read: the buffers for reading are those of the thread.</summary>
    BesideReads,

    /// <summary>At each of its device calls.</summary>
    Anywhere,
}
