namespace BlockSnap.Testing;

/// <summary>How a call to a <see cref="FaultyDevice"/> goes wrong.</summary>
public enum DeviceFault
{
    /// <summary>It raises <see cref="IOException"/>.</summary>
    Error,

    /// <summary>It raises <see cref="PoolFullException"/>.</summary>
    NoSpace,

    /// <summary>It raises <see cref="TooManyFilesException"/>.</summary>
    TooManyFiles,

    /// <summary>A read returns, with one bit changed. Other calls raise <see cref="IOException"/>.</summary>
    FlippedBit,
}
