using System.Globalization;

namespace BlockSnap.Tests.Fuzz;

/// <summary>
/// Feeds mutated inputs to one reader and counts what it makes of them. A reader may accept, or refuse with an error of its own kind; any
/// other exception, and more memory than the input can excuse, fail the test with the seed of that input.
/// BLOCKSNAP_FUZZ multiplies the number of inputs.
/// </summary>
internal sealed class FuzzRun(string target, IReadOnlyList<byte[]> inputs)
{
    private static readonly long s_factor = long.Parse(Environment.GetEnvironmentVariable("BLOCKSNAP_FUZZ") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>Whether the reader's inputs have one length.</summary>
    public bool KeepLength { get; init; }

    /// <summary>How many bytes from the beginning are changed: where the fields are.</summary>
    public Func<byte[], int> Fields { get; init; } = static input => input.Length;

    /// <summary>Makes checksums right after a mutation, so that what lies behind them is reached.</summary>
    public Action<byte[]> Repair { get; init; } = static _ => { };

    /// <summary>Bytes that one input may make the reader allocate.</summary>
    public long AllocationMax { get; init; } = 1 << 20;

    /// <summary>Whether an exception is one that the reader is meant to throw.</summary>
    public Func<Exception, bool> IsTyped { get; init; } = static e => e is BlockSnapException;

    /// <summary>Runs so many inputs, times the factor. Half of them keep their wrong checksums.</summary>
    public string Run(int count, Action<byte[]> read)
    {
        long accepted = 0;
        long refused = 0;
        long most = 0;
        for (long seed = 0; seed < count * s_factor; seed++)
        {
            var random = new SeededRandom(seed + 1);
            byte[] whole = inputs[random.Next(inputs.Count)];
            int fields = Fields(whole);
            byte[] input = [.. new Mutator(random).Mutate(whole.AsSpan(0, fields), inputs[random.Next(inputs.Count)], KeepLength), .. whole.AsSpan(fields)];
            if (seed % 8 != 0)
            {
                Repair(input);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(input);
                accepted++;
            }
            catch (Exception e) when (IsTyped(e))
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{target}, input {seed}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, allocated);
            Assert.True(allocated <= AllocationMax, $"{target}, input {seed}: {allocated} bytes allocated for {input.Length} bytes of input");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{target}: {count * s_factor} inputs, {accepted} accepted, {refused} refused, other errors 0, at most {most} bytes allocated");
    }
}
