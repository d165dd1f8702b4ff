namespace BlockSnap.Nbd.Protocol;

/// <summary>Facts about an export in answers to INFO and GO.</summary>
internal enum InfoType : ushort
{
    /// <summary>Size and transmission flags.</summary>
    Export = 0,

    /// <summary>The name under which it is known.</summary>
    Name = 1,

    /// <summary>A text for people.</summary>
    Description = 2,

    /// <summary>Minimum, preferred and maximum size of a request.</summary>
    BlockSize = 3,
}
