namespace BlockSnap.Nbd.Transmission;

/// <summary>The client is gone, or nonsense came from it: nobody is left to answer. Never an error of the disk.</summary>
internal sealed class ConnectionLostException(string message, Exception? innerException = null) : Exception(message, innerException);
