using System.Numerics;
using BlockSnap.Format;

namespace BlockSnap.Log;

/// <summary>
/// Which granules of a moved segment were kept: the rank of a slot among them is its place in the container. Immutable.
/// Rank with one count per 64 slots, after Jacobson's rank directory.
/// </summary>
internal sealed class SlotMap
{
    private readonly ulong[] _words;
    private readonly int[] _before;

    private SlotMap(ulong[] words)
    {
        _words = words;

        _before = new int[_words.Length];
        int sum = 0;
        for (int i = 0; i < _words.Length; i++)
        {
            _before[i] = sum;
            sum += BitOperations.PopCount(_words[i]);
        }
    }

    /// <summary>The map of the blocks of a segment that were kept.</summary>
    public static SlotMap Of(ReadOnlySpan<LogRecord> kept, SegmentInfo segment)
    {
        var words = new ulong[(segment.SlotCount + 63) / 64];
        foreach (ref readonly LogRecord record in kept)
        {
            for (int slot = record.Slot; slot < record.Slot + segment.GranulesOf(record.StoredBytes); slot++)
            {
                words[slot >> 6] |= 1UL << (slot & 63);
            }
        }

        return new SlotMap(words);
    }

    /// <summary>The granule in the container, or -1 when the slot was not kept.</summary>
    public int RankOf(int slot)
    {
        int word = slot >> 6;
        if (word >= _words.Length || (_words[word] & (1UL << (slot & 63))) == 0)
        {
            return -1;
        }

        return _before[word] + BitOperations.PopCount(_words[word] & ((1UL << (slot & 63)) - 1));
    }
}
