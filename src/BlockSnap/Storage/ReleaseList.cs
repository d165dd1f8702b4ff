using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>
/// Nodes that lost their last reference and wait until what they refer to was released too. A checkpoint writes the list, three words for
/// each node, so that releasing goes on after a crash where it was. The ledger's lock guards it.
/// </summary>
internal sealed class ReleaseList
{
    private const int WordsPerRelease = CheckpointFiles.WordsPerRelease;

    // The third word: the level, and whether it is only a reader's reference.
    private const ulong LevelMask = 0xFF;
    private const ulong HeldBit = 0x100;
    private const int LevelMax = 8;

    private readonly Stack<PendingRelease> _waiting = new();

    // Nodes that could not be read.
    private readonly Queue<PendingRelease> _stuck = new();

    /// <summary>How many nodes wait, without those set aside.</summary>
    public int Count => _waiting.Count;

    public void Push(PendingRelease node) => _waiting.Push(node);

    public bool TryPop(out PendingRelease node) => _waiting.TryPop(out node);

    /// <summary>Sets aside a node that cannot be read. What it refers to is not known, so it stays in the list, and a check names it.</summary>
    public void SetAside(PendingRelease node) => _stuck.Enqueue(node);

    /// <summary>Lets some nodes wait again that were set aside, the first ones first: the device may read them now.</summary>
    public void TryAgain(int nodesMax)
    {
        for (; nodesMax > 0 && _stuck.TryDequeue(out PendingRelease node); nodesMax--)
        {
            Push(node);
        }
    }

    /// <summary>
    /// The list as words, with the references that readers hold at present: if the process ends, nobody else gives those back.
    /// </summary>
    public ulong[] Encode(IReadOnlyCollection<PendingRelease> held)
    {
        var words = new List<ulong>(WordsPerRelease * (_waiting.Count + _stuck.Count + held.Count));
        foreach (PendingRelease release in _waiting.Concat(_stuck))
        {
            words.AddRange([release.Id.Value, release.Checksum, (ulong)release.Level]);
        }

        foreach (PendingRelease release in held)
        {
            words.AddRange([release.Id.Value, release.Checksum, (ulong)release.Level | HeldBit]);
        }

        return [.. words];
    }

    /// <summary>Reads the words back: the node, and whether it is only a reader's reference.</summary>
    public static IEnumerable<(PendingRelease Release, bool IsHeld)> Decode(ulong[] words)
    {
        for (int i = 0; i + WordsPerRelease <= words.Length; i += WordsPerRelease)
        {
            int level = (int)(words[i + 2] & LevelMask);
            yield return (new PendingRelease(new BlockId(words[i]), words[i + 1], level), (words[i + 2] & HeldBit) != 0);
        }
    }

    /// <summary>Takes over what a checkpoint left; references of readers, who are gone, are given back through the queue. Gate held.</summary>
    public void Load(ulong[] words, ReferenceQueue queue)
    {
        foreach ((PendingRelease release, bool isHeld) in Decode(words).Reverse())
        {
            if (!release.Id.IsValid || !release.Id.IsNode || release.Level is < 1 or > LevelMax)
            {
                throw new PoolCorruptedException("releases", $"its checksum is right, but node {release.Id} of level {release.Level} is nonsense");
            }

            if (isHeld)
            {
                queue.ReleaseNode(release.Id, release.Checksum, release.Level);
            }
            else
            {
                _waiting.Push(release);
            }
        }
    }
}
