using BlockSnap.Nbd;

namespace BlockSnap.Cli;

/// <summary>A pool that this process serves, and on which it runs the commands of other processes.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Server">Its NBD server.</param>
/// <param name="Stopping">Cancelled before the control server waits for its commands to end.</param>
internal sealed record ServedPool(DiskPool Pool, NbdServer Server, CancellationToken Stopping);
