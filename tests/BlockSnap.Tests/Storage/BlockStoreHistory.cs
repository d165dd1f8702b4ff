using BlockSnap.Storage;

namespace BlockSnap.Tests.Storage;

/// <summary>
/// A random life of a store on the log beside the one in memory: the same calls on both, and after each the same answer. The seed alone
/// decides what happens, so a failure is run again with the seed that its message names.
/// </summary>
internal sealed class BlockStoreHistory(int seed, MemoryBlockStore model, Func<IBlockStore> store, Action crash, Func<LogBlockStore> inner)
{
    // Names are each store's own: a block is known by its place here. Released blocks stay in, to be misused.
    private readonly List<(StoredBlock Real, StoredBlock Model)> _blocks = [];
    private readonly Dictionary<string, int> _taken = new()
    {
        ["put"] = 0, ["add"] = 0, ["add to none"] = 0, ["release"] = 0, ["release none"] = 0, ["read"] = 0, ["flush"] = 0,
        ["publish"] = 0, ["crash"] = 0, ["compact"] = 0, ["compact nothing"] = 0, ["give back"] = 0, ["compare all"] = 0,
    };

    private readonly Random _random = new(seed);
    private int _steps;

    /// <summary>How often each kind of step was taken, as text.</summary>
    public string Taken => string.Join(", ", _taken);

    /// <summary>Whether every kind of step was taken several times.</summary>
    public bool IsVaried => _taken.Values.Min() >= 3;

    public void Step()
    {
        string kind = "";
        try
        {
            kind = Take();
            Assert.Equal(model.StoredBytes, store().StoredBytes);
            Assert.Equal(model.Root.ToArray(), store().Root.ToArray());
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}, step {_steps} {kind}", e);
        }

        _taken[kind]++;
        _steps++;
    }

    public void CompareAll()
    {
        foreach ((StoredBlock real, StoredBlock expected) in _blocks)
        {
            Assert.Equal(model.CountReferences(expected.Id), store().CountReferences(real.Id));
            if (model.CountReferences(expected.Id) > 0)
            {
                CompareRead(real, expected);
            }
        }
    }

    private string Take()
    {
        int dice = _random.Next(1000);
        if (_blocks.Count == 0 || dice < 380)
        {
            // Mostly small blocks, now and then a large one.
            byte[] data = Pattern.Bytes(BlockSize.MinimumBytes << Math.Min(_random.Next(12), _random.Next(12)), _random.Next());
            _blocks.Add((store().Put(data), model.Put(data)));
            return "put";
        }

        (StoredBlock real, StoredBlock expected) = _blocks[_random.Next(_blocks.Count)];
        bool exists = model.CountReferences(expected.Id) > 0;
        switch (dice)
        {
            case < 500:
                Both(() => store().AddReference(real.Id), () => model.AddReference(expected.Id));
                return exists ? "add" : "add to none";
            case < 800:
                Both(() => store().Release(real.Id), () => model.Release(expected.Id));
                return exists ? "release" : "release none";
            case < 940:
                Assert.Equal(model.CountReferences(expected.Id), store().CountReferences(real.Id));
                if (exists)
                {
                    CompareRead(real, expected);
                }

                return "read";
            case < 950:
                store().Flush();
                return "flush";
            case < 970:
                byte[] root = Pattern.Bytes(_random.Next(IBlockStore.RootBytesMax + 1), _random.Next());
                store().PublishRoot(root);
                model.PublishRoot(root);
                return "publish";
            case < 980:
                crash();
                model.Crash();
                return "crash";
            case < 990:
                return inner().CompactOnce(0.02, 0, CancellationToken.None) ? "compact" : "compact nothing";
            case < 995:
                Assert.True(inner().TryGiveBackDead(() => true));
                return "give back";
            default:
                CompareAll();
                return "compare all";
        }
    }

    private static void Both(Action real, Action expected) => Assert.Equal(ErrorOf(expected), ErrorOf(real));

    private static string? ErrorOf(Action call)
    {
        try
        {
            call();
            return null;
        }
        catch (BlockSnapException e)
        {
            return e.Code;
        }
    }

    private void CompareRead(StoredBlock real, StoredBlock expected)
    {
        byte[] want = new byte[expected.Id.Length];
        model.Read(expected.Id, expected.Checksum, want);
        byte[] have = new byte[real.Id.Length];
        store().Read(real.Id, real.Checksum, have);
        Assert.Equal(expected.Checksum, real.Checksum);
        Assert.True(want.AsSpan().SequenceEqual(have));
    }
}
