namespace BlockSnap.Nbd.Protocol;

/// <summary>What a client can ask for during the handshake.</summary>
internal enum OptionCode : uint
{
    ExportName = 1,
    Abort = 2,
    List = 3,
    StartTls = 5,
    Info = 6,
    Go = 7,
    StructuredReply = 8,
    ListMetaContext = 9,
    SetMetaContext = 10,
}
