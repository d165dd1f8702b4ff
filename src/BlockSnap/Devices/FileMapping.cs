using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Devices;

/// <summary>
/// A file mapped into memory for reading, up to a length. It owns the shorter mapping whose place it took, which may be in use until both
/// are disposed.
/// </summary>
internal sealed unsafe class FileMapping : IDisposable
{
    private readonly FileMapping? _shorter;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    public FileMapping(SafeFileHandle handle, long length, FileMapping? shorter)
    {
        _file = MemoryMappedFile.CreateFromFile(
            handle,
            mapName: null,
            capacity: length,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: true);
        try
        {
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        Length = length;
        _shorter = shorter;
    }

    /// <summary>How many bytes are mapped, from the beginning of the file on.</summary>
    public long Length { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int length) => new(_start + offset, length);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _shorter?.Dispose();
    }
}
