namespace BlockSnap.Nbd.Protocol;

/// <summary>Answers to options. Those with the top bit are errors, and may carry a text.</summary>
internal enum OptionReplyType : uint
{
    Acknowledged = 1,
    Server = 2,
    Info = 3,
    MetaContext = 4,

    ErrorUnsupported = 0x8000_0001,
    ErrorPolicy = 0x8000_0002,
    ErrorInvalid = 0x8000_0003,
    ErrorTlsRequired = 0x8000_0005,
    ErrorUnknownExport = 0x8000_0006,
    ErrorShutdown = 0x8000_0007,
    ErrorTooBig = 0x8000_0009,
}
