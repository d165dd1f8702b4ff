namespace BlockSnap.Nbd.Protocol;

/// <summary>The numbers that messages begin with.</summary>
internal static class Magic
{
    /// <summary>First thing a server says: "NBDMAGIC".</summary>
    public const ulong Greeting = 0x4e42_444d_4147_4943;

    /// <summary>Newstyle negotiation, and the head of every option: "IHAVEOPT".</summary>
    public const ulong Option = 0x4948_4156_454f_5054;

    public const ulong OptionReply = 0x0003_e889_0455_65a9;

    public const uint Request = 0x2560_9513;

    public const uint SimpleReply = 0x6744_6698;

    public const uint StructuredReply = 0x668e_33ef;
}
