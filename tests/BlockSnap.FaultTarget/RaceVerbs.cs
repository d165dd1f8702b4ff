using System.Buffers.Binary;
using System.Globalization;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs for many processes that want the same pool.</summary>
internal static class RaceVerbs
{
    private const int BlockBytes = 4096;

    /// <summary>
    /// Opens the pool <paramref name="tries"/> times, and each time that it gets it adds one to the number in block 0 of disk "a": writes
    /// "won W refused R". Two writers at once would lose a count, or the pool.
    /// </summary>
    public static void Race(string directory, int tries)
    {
        int won = 0;
        byte[] block = new byte[BlockBytes];
        for (int attempt = 0; attempt < tries; attempt++)
        {
            try
            {
                using DiskPool pool = DiskPool.OpenAsync(directory).GetAwaiter().GetResult();
                using IDisk disk = pool.OpenDisk("a");
                disk.Read(0, block);
                PoolVerbs.Stamp(block, BinaryPrimitives.ReadInt64LittleEndian(block) + 1);
                disk.Write(0, block);
                disk.Flush();
                won++;
            }
            catch (PoolInUseException)
            {
                // Another has it.
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"won {won} refused {tries - won}"));
    }
}
