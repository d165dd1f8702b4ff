using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>Transmission on the test's own thread, with a script for a client and no socket.</summary>
internal static class ScriptedSession
{
    /// <summary>Serves the disk of a pool to a script, to its end.</summary>
    /// <param name="pool">It has a disk named "disk".</param>
    /// <param name="next">The next bytes of the client; empty ends it.</param>
    /// <param name="inputWaits">Whether the client is said to have sent more already.</param>
    /// <param name="flushed">Called by whatever thread flushes the disk.</param>
    /// <param name="sent">Told what the server sends.</param>
    /// <param name="structured">Whether the client asked for structured replies.</param>
    /// <param name="reading">Called before each read of the disk, with its offset.</param>
    /// <param name="aborted">Set when the server ends the connection.</param>
    /// <param name="fail">Called by whatever thread cannot go on; a failure of the test unless said.</param>
    public static void Run(
        DiskPool pool,
        Func<ReadOnlyMemory<byte>> next,
        Func<bool>? inputWaits = null,
        Action? flushed = null,
        Action<ReadOnlyMemory<byte>>? sent = null,
        bool structured = true,
        Action<long>? reading = null,
        Action<Exception>? fail = null,
        CancellationToken aborted = default)
    {
        var export = new Export(pool, "disk", new WatchedDisk(pool.OpenDisk("disk"), flushed, reading), isReadOnly: false);
        using var stream = new ScriptedStream(next, sent);
        using var negotiated = new Negotiated { Export = export, Visit = null, Stream = stream, Early = default, StructuredReplies = structured, Contexts = [] };
        using var session = new Session(negotiated, TimeProvider.System, inputWaits ?? (() => false), fail ?? (failure => throw failure), aborted);
        session.Run();
    }

    /// <summary>A request as it goes over the wire.</summary>
    public static byte[] Request(CommandType type, long offset = 0, uint length = 0, CommandFlags flags = CommandFlags.None, byte[]? data = null) =>
        [.. NbdClient.Big(Magic.Request), .. NbdClient.Big((ushort)flags), .. NbdClient.Big((ushort)type), .. NbdClient.Big(1UL), .. NbdClient.Big((ulong)offset), .. NbdClient.Big(length), .. data ?? []];
}
