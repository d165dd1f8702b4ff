using Microsoft.Win32.SafeHandles;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs on a bare <see cref="DirectoryDevice"/>.</summary>
internal static class DeviceVerbs
{
    private const int BlockBytes = 4096;

    /// <summary>Writes a block and flushes it, <paramref name="count"/> times: steps "flush 1", "flush 2" ...</summary>
    public static void Flush(string directory, int count)
    {
        using var device = new DirectoryDevice(directory, create: true);
        using IDeviceFile file = device.Open("data", DeviceFileMode.OpenOrCreate);
        byte[] block = new byte[BlockBytes];
        for (int i = 1; i <= count; i++)
        {
            block.AsSpan().Fill((byte)i);
            long offset = (i - 1) * (long)BlockBytes;
            Step.Run($"flush {i}", () =>
            {
                file.Write(offset, block);
                file.Flush();
            });
        }
    }

    /// <summary>The control of <see cref="Flush"/>: the same through the framework's flush, which hides failures on Unix.</summary>
    public static void FlushByFramework(string directory, int count)
    {
        using SafeFileHandle file = File.OpenHandle(Path.Join(directory, "data"), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        byte[] block = new byte[BlockBytes];
        for (int i = 1; i <= count; i++)
        {
            long offset = (i - 1) * (long)BlockBytes;
            Step.Run($"flush {i}", () =>
            {
                RandomAccess.Write(file, block, offset);
#pragma warning disable RS0030 // The broken variant is what this verb is for.
                RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
            });
        }
    }

    /// <summary>Each call of the device once, as a step of its own, so that any one system call can be failed.</summary>
    public static void Steps(string directory)
    {
        using var device = new DirectoryDevice(directory, create: false);
        byte[] block = new byte[BlockBytes];
        Step.Run("own", () => device.AcquireOwnership().Dispose());
        Step.Run("exists", () => device.Exists("data")); // First of all on the file, so that failing its first call fails this.
        using IDeviceFile file = device.Open("data", DeviceFileMode.OpenOrCreate);
        Step.Run("write", () => file.Write(0, block));
        Step.Run("allocate", () => file.Allocate(4 * BlockBytes));
        Step.Run($"length-after-allocate {file.Length}", () => { });
        Step.Run("read", () => file.Read(0, block));
        Step.Run("set-length", () => file.SetLength(2 * BlockBytes));
        Step.Run("flush", file.Flush);
        Step.Run("flush-names", device.FlushNames);
        Step.Run("delete", () => device.Delete("data"));
    }

    /// <summary>Creates the directory with its parents: step "create".</summary>
    public static void Create(string directory) =>
        Step.Run("create", () => new DirectoryDevice(directory, create: true).Dispose());

    /// <summary>Takes ownership and holds it until standard input ends, or the process does.</summary>
    public static void Own(string directory)
    {
        using var device = new DirectoryDevice(directory, create: false);
        IDisposable? ownership = null;
        Step.Run("own", () => ownership = device.AcquireOwnership());
        Console.In.ReadToEnd();
        ownership?.Dispose();
    }
}
