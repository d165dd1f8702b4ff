namespace BlockSnap.Log;

/// <summary>
/// The handles of segment files. They are opened when they are needed; when the device or the process may have no more of them, some that
/// nobody uses are closed. All members are called under the gate.
/// </summary>
internal sealed class OpenSegmentFiles(IStorageDevice device) : IDisposable
{
    private readonly List<SegmentFile> _files = [];
    private int _clock;

    /// <summary>Takes over the handle of a file that was opened elsewhere.</summary>
    public void Add(SegmentFile file, IDeviceFile handle)
    {
        file.Handle = handle;
        _files.Add(file);
    }

    /// <summary>Opens a file, and keeps it open.</summary>
    public IDeviceFile Open(SegmentFile file, DeviceFileMode mode)
    {
        if (_files.Count >= device.OpenFilesMax)
        {
            TryCloseSome();
        }

        while (true)
        {
            try
            {
                IDeviceFile handle = device.Open(file.Name, mode);
                Add(file, handle);
                return handle;
            }
            catch (FileNotFoundException e)
            {
                throw new PoolCorruptedException(file.Name, "the file is missing", e);
            }
            catch (IOException) when (TryCloseSome())
            {
                // The process may have reached its limit of open files: those that were closed make room.
            }
        }
    }

    /// <summary>
    /// Puts a new object in the place of a file's, so that nothing that was known of its old life is believed of its new one. An open file
    /// stays open.
    /// </summary>
    public SegmentFile Replace(SegmentFile file)
    {
        var fresh = new SegmentFile(file.Number) { Handle = file.Handle, AllocatedBytes = file.AllocatedBytes };
        if (file.Handle is not null)
        {
            file.Handle = null;
            _files[_files.IndexOf(file)] = fresh;
        }

        return fresh;
    }

    /// <summary>Closes a file if it is open.</summary>
    public void Close(SegmentFile file)
    {
        if (file.Handle is { } handle)
        {
            file.Handle = null;
            _files.Remove(file);
            handle.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (SegmentFile file in _files)
        {
            file.Handle?.Dispose();
        }
    }

    // A clock over the open files: closes up to an eighth of the handles that nobody uses.
    private bool TryCloseSome()
    {
        int wanted = device.OpenFilesMax / 8;
        int before = _files.Count;
        for (int steps = before; steps > 0 && wanted > 0; steps--)
        {
            _clock = (_clock + 1) % _files.Count;
            if (_files[_clock].IsIdle)
            {
                Close(_files[_clock]);
                wanted--;
            }
        }

        return _files.Count < before;
    }
}
