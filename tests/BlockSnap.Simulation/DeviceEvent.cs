namespace BlockSnap.Simulation;

/// <summary>A call to a device that is about to be made.</summary>
/// <param name="Call">What is called.</param>
/// <param name="Name">Of the file; empty for the names.</param>
/// <param name="Offset">Where, or the new length.</param>
/// <param name="Length">Bytes read or written.</param>
/// <param name="Checksum">Of the bytes written.</param>
internal readonly record struct DeviceEvent(DeviceCall Call, string Name, long Offset = 0, int Length = 0, ulong Checksum = 0)
{
    /// <summary>Whether a power cut just before it and one just after it could leave different devices.</summary>
    public bool IsChange => Call != DeviceCall.Read;
}
