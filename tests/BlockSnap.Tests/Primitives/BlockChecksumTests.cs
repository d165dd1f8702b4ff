using BlockSnap.Primitives;

namespace BlockSnap.Tests.Primitives;

public sealed class BlockChecksumTests
{
    [Fact]
    public void Compute_IsXxh3_AndTheAlgorithmIdIsFrozen()
    {
        var block = new byte[4096];
        new Random(1).NextBytes(block);

        Assert.Equal(XxHash3.Hash(block), BlockChecksum.Compute(block));

        // Both stand in every store that was ever written.
        Assert.Equal(1, BlockChecksum.AlgorithmXxh3);
        Assert.Equal(8, BlockChecksum.SizeBytes);
        Assert.Equal(0x78AF_5F94_892F_3950, (long)BlockChecksum.Compute("abc"u8));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Compute_AnySingleFlippedBit_ChangesTheChecksum(int length)
    {
        var block = new byte[length];
        new Random(1).NextBytes(block);
        ulong intact = BlockChecksum.Compute(block);

        for (int bit = 0; bit < 8 * length; bit++)
        {
            block[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(intact, BlockChecksum.Compute(block));
            block[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Compute_ZeroBlocksOfAllSizes_DifferFromEachOtherAndFromZero()
    {
        var seen = new HashSet<ulong> { 0 };
        for (int length = 0; length <= 1 << 20; length = Math.Max(1, 2 * length))
        {
            Assert.True(seen.Add(BlockChecksum.Compute(new byte[length])), $"length {length}");
        }
    }
}
