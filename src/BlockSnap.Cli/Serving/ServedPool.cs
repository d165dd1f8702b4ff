using BlockSnap.Nbd;

namespace BlockSnap.Cli;

/// <summary>A pool that this process serves, on which it runs commands of other processes.</summary>
internal sealed record ServedPool(DiskPool Pool, NbdServer Server);
