namespace BlockSnap.Nbd.Protocol;

/// <summary>What a server offers first, and, with the same bits, what a client takes.</summary>
[Flags]
internal enum HandshakeFlags : ushort
{
    None = 0,

    /// <summary>Options get replies.</summary>
    FixedNewstyle = 1,

    /// <summary>The 124 zeros behind the answer to EXPORT_NAME are left out.</summary>
    NoZeroes = 2,
}
