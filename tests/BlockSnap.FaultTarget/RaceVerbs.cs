using System.Buffers.Binary;
using System.Globalization;

namespace BlockSnap.FaultTarget;

/// <summary>Verbs for many processes that want the same pool.</summary>
internal static class RaceVerbs
{
    private const int BlockBytes = 4096;

    /// <summary>
    /// Opens the pool again and again until it got it <paramref name="wins"/> times, and each time adds one to the number in block 0 of disk "a":
    /// writes how often others had it. Two writers at once would lose a count, or the pool.
    /// </summary>
    public static void Race(string directory, int wins)
    {
        int won = 0;
        int refused = 0;
        byte[] block = new byte[BlockBytes];
        while (won < wins)
        {
            try
            {
                using DiskPool pool = DiskPool.OpenAsync(directory).GetAwaiter().GetResult();
                CountOneUp(pool, block);
                won++;
            }
            catch (PoolInUseException)
            {
                refused++; // another has it
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refused {refused}"));
    }

    /// <summary>
    /// At each line that it is told opens the pool and says "won" or "refused CODE"; at the next line, when all have said so, the one that has it adds one
    /// to the number and lets the pool go. Each second line is answered with "over". Ends with its input.
    /// </summary>
    public static void RaceInRounds(string directory)
    {
        byte[] block = new byte[BlockBytes];
        while (Console.In.ReadLine() is not null)
        {
            DiskPool? pool = null;
            try
            {
                pool = DiskPool.OpenAsync(directory).GetAwaiter().GetResult();
                Console.WriteLine("won");
            }
            catch (PoolInUseException e)
            {
                Console.WriteLine($"refused {e.Code}");
            }

            Console.In.ReadLine();
            if (pool is not null)
            {
                CountOneUp(pool, block);
                pool.Dispose();
            }

            Console.WriteLine("over");
        }
    }

    private static void CountOneUp(DiskPool pool, byte[] block)
    {
        using IDisk disk = pool.OpenDisk("a");
        disk.Read(0, block);
        PoolVerbs.Stamp(block, BinaryPrimitives.ReadInt64LittleEndian(block) + 1);
        disk.Write(0, block);
        disk.Flush();
    }
}
