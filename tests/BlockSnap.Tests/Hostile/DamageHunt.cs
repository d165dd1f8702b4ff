namespace BlockSnap.Tests.Hostile;

/// <summary>
/// Damages a small pool at random, a byte or two records swapped at a time, until nothing notices it or it gives wrong data. Called in copies of
/// this assembly too, so it takes and returns plain values.
/// </summary>
internal static class DamageHunt
{
    /// <summary>How often it was damaged, and what went unnoticed or wrong, or an empty text.</summary>
    public static (int Tried, string Violation) Run(int triesMax)
    {
        HostilePool pool;
        try
        {
            pool = HostilePool.MakeAsync().GetAwaiter().GetResult();
        }
        catch (BlockSnapException e)
        {
            return (0, e.Message);
        }

        var judge = new HostileJudge(pool);
        var random = new SeededRandom(1);
        (string File, int At)[] places = [.. pool.Files.SelectMany(file => Enumerable.Range(0, file.Value.Length).Select(at => (file.Key, at))).Where(place => PoolAnatomy.Matters(pool.Anatomy[place.Key, place.at]))];
        for (int tried = 1; tried <= triesMax; tried++)
        {
            try
            {
                if (tried % 2 == 0)
                {
                    (string file, int at) = places[random.Next(places.Length)];
                    judge.JudgeByte(file, at, (byte)(pool.Files[file][at] ^ random.Next(1, 256)));
                }
                else
                {
                    SwapRecords(pool, judge, random);
                }
            }
            catch (Xunit.Sdk.XunitException e)
            {
                return (tried, e.Message);
            }
        }

        return (triesMax, "");
    }

    private static void SwapRecords(HostilePool pool, HostileJudge judge, SeededRandom random)
    {
        (string File, int At, int Bytes) left = pool.Anatomy.Records[random.Next(pool.Anatomy.Records.Count)];
        (string File, int At, int Bytes)[] others = [.. pool.Anatomy.Records.Where(record => record.Bytes == left.Bytes && !ContentOf(record).SequenceEqual(ContentOf(left)))];
        if (others.Length > 0)
        {
            (string File, int At, int Bytes) right = others[random.Next(others.Length)];
            judge.JudgeSwap((left.File, left.At), (right.File, right.At), left.Bytes);
        }

        ReadOnlySpan<byte> ContentOf((string File, int At, int Bytes) record) => pool.Files[record.File].AsSpan(record.At, record.Bytes);
    }
}
