namespace BlockSnap.Tests.Infrastructure;

/// <summary>A kind of call to a device: the places where a fault can be put.</summary>
internal enum DeviceCall
{
    Open,
    Read,
    Write,
    Allocate,
    SetLength,
    Flush,
    FlushNames,
    Delete,
}
