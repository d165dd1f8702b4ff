namespace BlockSnap.Nbd.Handshake;

/// <summary>The client broke the protocol in a way that leaves nothing to answer: the connection ends.</summary>
internal sealed class ProtocolException(string message) : Exception(message);
