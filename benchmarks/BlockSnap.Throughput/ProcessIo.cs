using System.Globalization;

namespace BlockSnap.Throughput;

/// <summary>What this process had written to storage, by the kernel's count.</summary>
internal static class ProcessIo
{
    private const string WriteBytes = "write_bytes: ";

    /// <summary>
    /// Bytes of pages made dirty and of direct writes since the process began. A page that is overwritten while it is still dirty counts once,
    /// because it is written once.
    /// </summary>
    public static long WrittenBytes()
    {
        foreach (string line in File.ReadLines("/proc/self/io"))
        {
            if (line.StartsWith(WriteBytes, StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan(WriteBytes.Length), CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidDataException("/proc/self/io has no write_bytes.");
    }
}
