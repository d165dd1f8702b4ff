namespace BlockSnap.Simulation;

/// <summary>A promise was broken.</summary>
internal sealed class ViolationException : Exception
{
    public ViolationException(string message)
        : base(message)
    {
    }

    public ViolationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
