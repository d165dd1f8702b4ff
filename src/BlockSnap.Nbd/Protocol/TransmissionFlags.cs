namespace BlockSnap.Nbd.Protocol;

/// <summary>What an export can do.</summary>
[Flags]
internal enum TransmissionFlags : ushort
{
    None = 0,
    HasFlags = 1 << 0,
    ReadOnly = 1 << 1,
    SendFlush = 1 << 2,
    SendFua = 1 << 3,
    SendTrim = 1 << 5,
    SendWriteZeroes = 1 << 6,
    SendDontFragment = 1 << 7,

    /// <summary>A flush on one connection covers the completed writes of all.</summary>
    CanMultiConnect = 1 << 8,
    SendCache = 1 << 10,
    SendFastZero = 1 << 11,
}
