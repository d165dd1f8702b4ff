namespace BlockSnap.Testing;

/// <summary>A kind of call to a device: the places where a fault or a crash can be put.</summary>
public enum DeviceCall
{
    /// <summary><see cref="IStorageDevice.Open"/>.</summary>
    Open,

    /// <summary><see cref="IDeviceFile.Read"/> and <see cref="IDeviceFile.ReadAsync"/>.</summary>
    Read,

    /// <summary><see cref="IDeviceFile.Write"/>.</summary>
    Write,

    /// <summary><see cref="IDeviceFile.Allocate"/>.</summary>
    Allocate,

    /// <summary><see cref="IDeviceFile.SetLength"/>.</summary>
    SetLength,

    /// <summary><see cref="IDeviceFile.Flush"/>.</summary>
    Flush,

    /// <summary><see cref="IStorageDevice.FlushNames"/>.</summary>
    FlushNames,

    /// <summary><see cref="IStorageDevice.Delete"/>.</summary>
    Delete,

    /// <summary><see cref="IDeviceFile.TryGiveBack"/>.</summary>
    GiveBack,
}
