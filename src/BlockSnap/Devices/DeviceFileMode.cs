namespace BlockSnap;

/// <summary>What <see cref="IStorageDevice.Open"/> does about a file that is there, or is not.</summary>
public enum DeviceFileMode
{
    /// <summary>The file must exist, else <see cref="FileNotFoundException"/>.</summary>
    Open,

    /// <summary>The file is created empty when it is missing.</summary>
    OpenOrCreate,

    /// <summary>The file must not exist, else <see cref="IOException"/>.</summary>
    CreateNew,
}
