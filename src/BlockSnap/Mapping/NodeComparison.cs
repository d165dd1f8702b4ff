using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BlockSnap.Format;

namespace BlockSnap.Mapping;

/// <summary>The slots in which two nodes point to different children.</summary>
internal static class NodeComparison
{
    /// <summary>Words of a set of slots, one bit each.</summary>
    public const int Words = NodeLayout.Fanout / 64;

    private const int EntriesPerVector = 512 / (8 * NodeLayout.EntryBytes);

    /// <summary>Fills a set with the slots in which two nodes differ.</summary>
    public static void Compare(ReadOnlySpan<NodeEntry> before, ReadOnlySpan<NodeEntry> after, Span<ulong> differ)
    {
        ReadOnlySpan<ulong> x = MemoryMarshal.Cast<NodeEntry, ulong>(before[..NodeLayout.Fanout]);
        ReadOnlySpan<ulong> y = MemoryMarshal.Cast<NodeEntry, ulong>(after[..NodeLayout.Fanout]);
        differ[..Words].Clear();
        for (int slot = 0; slot < NodeLayout.Fanout; slot += EntriesPerVector)
        {
            Vector512<ulong> equal = Vector512.Equals(Vector512.Create(x.Slice(2 * slot)), Vector512.Create(y.Slice(2 * slot)));
            if (equal != Vector512<ulong>.AllBitsSet)
            {
                // Two bits an entry, name and checksum; those of entries that differ are gathered.
                ulong lanes = ~equal.ExtractMostSignificantBits();
                lanes |= lanes >> 1;
                differ[slot / 64] |= ((lanes & 1) | ((lanes >> 1) & 2) | ((lanes >> 2) & 4) | ((lanes >> 3) & 8)) << (slot % 64);
            }
        }
    }

    /// <summary>Copies the entries of a set of slots.</summary>
    public static void Copy(ReadOnlySpan<NodeEntry> source, ReadOnlySpan<ulong> slots, Span<NodeEntry> destination)
    {
        for (int slot = Next(slots, 0); slot < NodeLayout.Fanout; slot = Next(slots, slot + 1))
        {
            destination[slot] = source[slot];
        }
    }

    /// <summary>The first slot of a set at or behind <paramref name="slot"/>, or the fan-out.</summary>
    public static int Next(ReadOnlySpan<ulong> slots, int slot)
    {
        int word = slot / 64;
        if (word >= Words)
        {
            return NodeLayout.Fanout;
        }

        ulong rest = slots[word] & (ulong.MaxValue << (slot % 64));
        while (rest == 0)
        {
            if (++word == Words)
            {
                return NodeLayout.Fanout;
            }

            rest = slots[word];
        }

        return (word * 64) + BitOperations.TrailingZeroCount(rest);
    }
}
