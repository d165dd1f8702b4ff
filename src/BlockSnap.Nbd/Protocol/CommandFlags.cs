namespace BlockSnap.Nbd.Protocol;

/// <summary>How a command is to be done.</summary>
[Flags]
internal enum CommandFlags : ushort
{
    None = 0,

    /// <summary>Force unit access: reply when what was written is durable.</summary>
    Fua = 1 << 0,

    /// <summary>WRITE_ZEROES: keep the space allocated if possible.</summary>
    NoHole = 1 << 1,

    /// <summary>READ: the content in one chunk.</summary>
    DontFragment = 1 << 2,

    /// <summary>BLOCK_STATUS: one extent for each context.</summary>
    RequestOne = 1 << 3,

    /// <summary>WRITE_ZEROES: fail if it would be as slow as a write.</summary>
    FastZero = 1 << 4,
}
