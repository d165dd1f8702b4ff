namespace BlockSnap.Tests.Diffing;

public sealed class BlockDifferTests
{
    /// <summary>The largest block size in use; random states change in pieces no larger than this.</summary>
    private const int PieceSizeMax = 1 << 20;

    public static TheoryData<int> BlockSizes =>
        [1, 2, 3, 7, 16, 63, 64, 100, 512, 1024, 4096, 8192, 65536, 1 << 20, int.MaxValue];

    [Fact]
    public void IsZero_OneByteSetAnywhere_IsSeen_AndNeighboursAreNot()
    {
        const int Guard = 70;
        foreach (int length in Enumerable.Range(0, 600).Concat([1023, 1024, 1025, 4096]))
        {
            // Ones around the piece: a read past either end would find them.
            var bytes = new byte[Guard + length + Guard];
            bytes.AsSpan().Fill(1);
            Span<byte> piece = bytes.AsSpan(Guard, length);
            piece.Clear();
            Assert.True(BlockDiffer.IsZero(piece), $"length {length}");

            for (int position = 0; position < length; position++)
            {
                piece[position] = 0x80;
                Assert.False(BlockDiffer.IsZero(piece), $"length {length}, byte {position}");
                piece[position] = 0;
            }
        }
    }

    [Fact]
    public void IndexOfDifference_OneByteChangedAnywhere_IsItsIndex()
    {
        foreach (int length in Enumerable.Range(0, 600).Concat([1023, 1024, 1025, 4096]))
        {
            var left = new byte[length];
            new Random(length).NextBytes(left);
            byte[] right = [.. left, 1];
            Assert.Equal(length, BlockDiffer.IndexOfDifference(left, right));

            for (int position = 0; position < length; position++)
            {
                right[position] ^= 1;
                Assert.Equal(position, BlockDiffer.IndexOfDifference(left, right));
                right[position] ^= 1;
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public void Enumerate_RandomStates_EqualsTheModel(int blockSize)
    {
        for (int seed = 0; seed < Seeds(300, blockSize); seed++)
        {
            (byte[] before, byte[] after) = RandomStates(new Random(seed), blockSize);
            long baseOffset = seed % 3 * 1_000_000_007L * 4096;

            List<ChangedExtent> expected = Model(before, after, blockSize, baseOffset);
            List<ChangedExtent> actual = ToList(BlockDiffer.Enumerate(before, after, blockSize, baseOffset));

            Assert.True(expected.SequenceEqual(actual), $"seed {seed}: expected {string.Join(", ", expected)}, got {string.Join(", ", actual)}");
        }
    }

    [Theory]
    [MemberData(nameof(BlockSizes))]
    public void Diff_ResumedWithSmallDestinations_EqualsEnumerate(int blockSize)
    {
        for (int seed = 0; seed < Seeds(100, blockSize); seed++)
        {
            var random = new Random(seed);
            (byte[] before, byte[] after) = RandomStates(random, blockSize);
            int total = Math.Max(before.Length, after.Length);
            const long Start = 512;

            var actual = new List<ChangedExtent>();
            int position = 0;
            do
            {
                var destination = new ChangedExtent[random.Next(1, 4)];
                int count = BlockDiffer.Diff(
                    before.AsSpan(Math.Min(position, before.Length)),
                    after.AsSpan(Math.Min(position, after.Length)),
                    blockSize, destination, out int consumed, Start + position);
                actual.AddRange(destination.AsSpan(0, count));
                position += consumed;

                Assert.True(count == destination.Length || position == total, $"seed {seed}: stopped early");
                Assert.True(count > 0 || position == total, $"seed {seed}: no progress");
            }
            while (position < total);

            Assert.Equal(ToList(BlockDiffer.Enumerate(before, after, blockSize, Start)), actual);
        }
    }

    [Fact]
    public void Diff_NeighboursOfOneKind_AreMerged_OtherKindsAreNot()
    {
        byte[] before = [1, 1, 1, 1, 1, 1, 1, 1, 0];
        byte[] after = [1, 2, 3, 0, 0, 1, 4, 1, 1];

        Span<ChangedExtent> extents = new ChangedExtent[8];
        int count = BlockDiffer.Diff(before, after, 1, extents, out int consumed, 100);

        Assert.Equal(
            [
                new(101, 2, ChangeKind.Data), new(103, 2, ChangeKind.Zero),
                new(106, 1, ChangeKind.Data), new(108, 1, ChangeKind.Data),
            ],
            extents[..count].ToArray());
        Assert.Equal(9, consumed);
        Assert.Equal(103, extents[0].End);
    }

    [Fact]
    public void Diff_FullDestination_StopsBehindTheLastExtentWritten()
    {
        byte[] before = [1, 1, 1, 1, 1, 1];
        byte[] after = [1, 2, 2, 1, 2, 1];

        var extents = new ChangedExtent[1];
        Assert.Equal(1, BlockDiffer.Diff(before, after, 1, extents, out int consumed));
        Assert.Equal(new ChangedExtent(1, 2, ChangeKind.Data), extents[0]);
        Assert.Equal(3, consumed);

        // The last one has been written, but nobody has looked at what follows it: consumed says so.
        Assert.Equal(1, BlockDiffer.Diff(before.AsSpan(3), after.AsSpan(3), 1, extents, out consumed, 3));
        Assert.Equal(new ChangedExtent(4, 1, ChangeKind.Data), extents[0]);
        Assert.Equal(2, consumed);
        Assert.Equal(0, BlockDiffer.Diff(before.AsSpan(5), after.AsSpan(5), 1, extents, out consumed, 5));
        Assert.Equal(1, consumed);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 10, false)]
    [InlineData(0, 10, true)]
    [InlineData(10, 0, true)]
    [InlineData(8, 10, false)]
    [InlineData(9, 10, true)]
    [InlineData(10, 9, false)]
    [InlineData(10, 8, true)]
    public void Enumerate_SpansOfDifferentLength_TailIsChanged_AndZeroUnlessTheNewerHasData(int beforeLength, int afterLength, bool data)
    {
        const int BlockSize = 4;
        byte fill = data ? (byte)5 : (byte)0;
        byte[] before = [.. Enumerable.Repeat(fill, beforeLength)];
        byte[] after = [.. Enumerable.Repeat(fill, afterLength)];

        List<ChangedExtent> extents = ToList(BlockDiffer.Enumerate(before, after, BlockSize));

        int start = Math.Min(beforeLength, afterLength) / BlockSize * BlockSize;
        int end = Math.Max(beforeLength, afterLength);
        ChangeKind kind = data && afterLength > start ? ChangeKind.Data : ChangeKind.Zero;
        Assert.Equal(beforeLength == afterLength ? [] : [new(start, end - start, kind)], extents);
    }

    [Fact]
    public void Enumerate_DefaultValue_IsEmpty()
    {
        ChangedExtentEnumerator extents = default;
        Assert.False(extents.MoveNext());
        Assert.False(extents.MoveNext());
        Assert.Equal(0, extents.ConsumedBytes);
    }

    [Fact]
    public void Enumerate_LastOffsetOfAll_Fits_AndOneMoreIsRefused()
    {
        List<ChangedExtent> extents = ToList(BlockDiffer.Enumerate([1], [2], 4096, long.MaxValue - 1));
        Assert.Equal(long.MaxValue, Assert.Single(extents).End);

        Assert.Throws<ArgumentOutOfRangeException>("baseOffset", () => _ = BlockDiffer.Enumerate([1], [2], 4096, long.MaxValue).ConsumedBytes);
    }

    [Fact]
    public void Diff_Misuse_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>("blockSize", () => BlockDiffer.Diff([1], [2], 0, new ChangedExtent[1], out _));
        Assert.Throws<ArgumentOutOfRangeException>("blockSize", () => BlockDiffer.Diff([1], [2], -1, new ChangedExtent[1], out _));
        Assert.Throws<ArgumentOutOfRangeException>("baseOffset", () => BlockDiffer.Diff([1], [2], 1, new ChangedExtent[1], out _, -1));
        Assert.Throws<ArgumentException>("destination", () => BlockDiffer.Diff([1], [2], 1, [], out _));
    }

    [Fact]
    public void AllMembers_AllocateNothing()
    {
        (byte[] before, byte[] after) = RandomStates(new Random(5), 512);
        var destination = new ChangedExtent[16];
        Run();

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);

        void Run()
        {
            long sum = 0;
            foreach (ChangedExtent extent in BlockDiffer.Enumerate(before, after, 512))
            {
                sum += extent.Length;
            }

            sum += BlockDiffer.Diff(before, after, 512, destination, out _);
            sum += BlockDiffer.IsZero(after) ? 1 : 0;
            Assert.True(sum > 0);
        }
    }

    /// <summary>Fewer seeds for large blocks, to keep the model below some tens of MiB.</summary>
    private static int Seeds(int wanted, int blockSize) => Math.Clamp((4 << 20) / Math.Min(blockSize, PieceSizeMax), 6, wanted);

    /// <summary>
    /// Two states of up to a dozen blocks: each block kept, zeroed, filled or changed in one byte; lengths differ now and then.
    /// </summary>
    private static (byte[] Before, byte[] After) RandomStates(Random random, int blockSize)
    {
        int block = Math.Min(blockSize, PieceSizeMax);
        var before = new byte[random.Next(12 * block)];
        for (int start = 0; start < before.Length; start += block)
        {
            if (random.Next(3) > 0)
            {
                random.NextBytes(before.AsSpan(start, Math.Min(block, before.Length - start)));
            }
        }

        var after = (byte[])before.Clone();
        for (int start = 0; start < after.Length; start += block)
        {
            Span<byte> piece = after.AsSpan(start, Math.Min(block, after.Length - start));
            switch (random.Next(6))
            {
                case 0: piece.Clear(); break;
                case 1: random.NextBytes(piece); break;
                case 2: piece[random.Next(piece.Length)] ^= 1; break;
            }
        }

        switch (random.Next(6))
        {
            case 0: Array.Resize(ref after, random.Next(after.Length + 1)); break;
            case 1: Array.Resize(ref after, after.Length + random.Next(3 * block)); break;
            case 2: Array.Resize(ref before, random.Next(before.Length + 1)); break;
        }

        return (before, after);
    }

    /// <summary>The definition, byte by byte.</summary>
    private static List<ChangedExtent> Model(byte[] before, byte[] after, int blockSize, long baseOffset)
    {
        var extents = new List<ChangedExtent>();
        int total = Math.Max(before.Length, after.Length);
        for (long start = 0; start < total; start += blockSize)
        {
            bool changed = false;
            var kind = ChangeKind.Zero;
            long end = Math.Min(start + blockSize, total);
            for (long index = start; index < end; index++)
            {
                changed |= index >= before.Length || index >= after.Length || before[index] != after[index];
                kind = index < after.Length && after[index] != 0 ? ChangeKind.Data : kind;
            }

            if (changed && extents.Count > 0 && extents[^1].End == baseOffset + start && extents[^1].Kind == kind)
            {
                extents[^1] = extents[^1] with { Length = extents[^1].Length + end - start };
            }
            else if (changed)
            {
                extents.Add(new ChangedExtent(baseOffset + start, end - start, kind));
            }
        }

        return extents;
    }

    private static List<ChangedExtent> ToList(ChangedExtentEnumerator extents)
    {
        var list = new List<ChangedExtent>();
        foreach (ChangedExtent extent in extents)
        {
            list.Add(extent);
        }

        return list;
    }
}
