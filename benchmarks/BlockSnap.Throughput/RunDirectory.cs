using System.Runtime.InteropServices;

namespace BlockSnap.Throughput;

/// <summary>
/// A directory for a run. It is deleted at the end, and also when the run is interrupted: whoever loses patience must not find gigabytes left
/// behind.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const int DeleteAttempts = 10;

    private readonly PosixSignalRegistration[] _signals;

    /// <summary>Makes it.</summary>
    public RunDirectory(string parent, string name)
    {
        Path = System.IO.Path.Join(parent, $"{name}-{Environment.ProcessId}");
        Directory.CreateDirectory(Path);

        // After the handler the process ends.
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        _signals = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, _ => DeleteWhileInUse()))];
    }

    public string Path { get; }

    public void Dispose()
    {
        Array.ForEach(_signals, signal => signal.Dispose());
        Directory.Delete(Path, recursive: true);
    }

    // A pool that is still open may create a file meanwhile, so one attempt may not be enough.
    private void DeleteWhileInUse()
    {
        for (int attempt = 0; attempt < DeleteAttempts; attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (IOException)
            {
                // once more
            }
        }
    }
}
