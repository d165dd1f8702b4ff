namespace BlockSnap;

/// <summary>
/// A flat set of named files: the only thing the engine knows about storage.
/// </summary>
/// <remarks>
/// <para>Thread-safe.</para>
/// <para>Names are 1 to 200 ASCII letters, digits, '-', '_' and '.', do not begin with '.', and are not <c>lock</c>, which the
/// device keeps for itself; other names raise <see cref="ArgumentException"/>. Use one spelling of a name: whether two names that
/// differ in case are one file is up to the storage.</para>
/// <para>Every failure of the storage is an <see cref="IOException"/>; one for want of space is a <see cref="PoolFullException"/>.
/// A disposed device raises <see cref="ObjectDisposedException"/>.</para>
/// <para>Dispose takes back nothing that was handed out: open files and the ownership live until they are disposed themselves.</para>
/// </remarks>
public interface IStorageDevice : IDisposable
{
    /// <summary>What messages call the device: the path of the directory, "memory".</summary>
    string Description { get; }

    /// <summary>How many files the engine may hold open at once, at least 16; 256 unless the device says otherwise.</summary>
    int OpenFilesMax => 256;

    /// <summary>Whether a file of that name exists. A storage that cannot tell throws; it never answers false for that.</summary>
    bool Exists(string name);

    /// <summary>Opens a file for reading and writing. Each call gives a handle of its own; all of them see the same bytes.</summary>
    /// <exception cref="FileNotFoundException">The file is missing and the mode is <see cref="DeviceFileMode.Open"/>.</exception>
    /// <exception cref="IOException">The file exists and the mode is <see cref="DeviceFileMode.CreateNew"/>, or the storage failed.</exception>
    IDeviceFile Open(string name, DeviceFileMode mode);

    /// <summary>Removes a file; a missing one is no error. Handles that are open on it keep working on the bytes it had.</summary>
    void Delete(string name);

    /// <summary>The names of all files, sorted by ordinal. Files whose names the device would refuse are left out.</summary>
    IReadOnlyList<string> List();

    /// <summary>
    /// Returns when every create and delete that returned before the call survives a power cut. It says nothing about contents:
    /// those are made durable by <see cref="IDeviceFile.Flush"/>.
    /// </summary>
    void FlushNames();

    /// <summary>Takes the device for one owner until the result is disposed or the process ends, however it ends.</summary>
    /// <exception cref="PoolInUseException">Somebody else holds it, in this process or another. Raised at once, without waiting.</exception>
    IDisposable AcquireOwnership();
}
