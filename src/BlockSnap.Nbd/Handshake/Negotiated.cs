using BlockSnap.Nbd.Exports;

namespace BlockSnap.Nbd.Handshake;

/// <summary>What client and server agreed upon: all that transmission needs to know.</summary>
internal sealed class Negotiated : IDisposable
{
    public required Export Export { get; init; }

    /// <summary>Keeps rollbacks off while the client is there; null for snapshots.</summary>
    public required IDisposable? Visit { get; init; }

    /// <summary>The connection, encrypted or not.</summary>
    public required Stream Stream { get; init; }

    /// <summary>Bytes that the client sent after the handshake and that were received with it.</summary>
    public required ReadOnlyMemory<byte> Early { get; init; }

    public required bool StructuredReplies { get; init; }

    /// <summary>The contexts that BLOCK_STATUS answers about; the id of each is its index.</summary>
    public required IReadOnlyList<MetaContext> Contexts { get; init; }

    public void Dispose()
    {
        Visit?.Dispose();
        foreach (MetaContext context in Contexts)
        {
            context.Dispose();
        }

        Export.Dispose();
    }
}
