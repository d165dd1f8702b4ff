namespace BlockSnap.Nbd.Transmission;

/// <summary>The client is gone or sent nonsense, so there is nobody to answer any more. Never an error of the disk.</summary>
internal sealed class ConnectionLostException(string message, Exception? innerException = null) : Exception(message, innerException);
