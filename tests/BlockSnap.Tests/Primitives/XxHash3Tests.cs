using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BlockSnap.Primitives;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Primitives;

public sealed class XxHash3Tests
{
    /// <summary>
    /// Hashes of the first n bytes of <see cref="Pattern"/>, computed by xxhsum 0.8.1; both ends of each length class,
    /// of a stripe (64) and of a block of stripes (1024).
    /// </summary>
    public static TheoryData<int, ulong> KnownHashes => new()
    {
        { 0, 0x2D06_8005_38D3_94C2 },
        { 1, 0xC44B_DFF4_074E_ECDB },
        { 3, 0xE140_90F5_54A5_EA90 },
        { 4, 0x2E8D_078A_566E_9749 },
        { 8, 0xCD1C_7F88_482F_CAEF },
        { 9, 0xBFE4_3DEF_699F_A9E3 },
        { 16, 0x81E9_EB86_3446_0BB9 },
        { 17, 0x9998_430F_D0A6_55BE },
        { 32, 0x938C_25DD_24C9_CF3B },
        { 33, 0x0E39_9D30_188E_9C8E },
        { 128, 0x75EC_A5C5_D559_4884 },
        { 129, 0xA05D_A42E_7A4E_4667 },
        { 144, 0x2E63_CEED_9F93_8E07 },
        { 240, 0x5EB2_467C_8C9E_3969 },
        { 241, 0x2D43_1E98_4C44_1F15 },
        { 256, 0x1369_AAF8_5F8B_805A },
        { 512, 0xDCFE_D6EE_2883_ACD0 },
        { 1024, 0xE99D_EF11_45F1_2936 },
        { 1025, 0x83CB_A9B3_71E4_E7F4 },
        { 2048, 0x5327_5D58_CFBA_68FD },
        { 4096, 0x9BF6_7F8D_EFF8_76AE },
        { 4097, 0x3DFD_5173_38A4_B234 },
        { 65536, 0x2060_5B76_CEDD_C43B },
    };

    /// <summary>Lengths of the long way: around stripes, blocks and the pieces of 16 KiB in which wide input is walked.</summary>
    public static TheoryData<int> LongLengths =>
        [241, 255, 256, 257, 320, 1023, 1024, 1025, 1087, 1088, 1089, 2048, 4096, 16383, 16384, 16385, 17408, 17409, 40000, 65536, 1 << 20];

    [Theory]
    [MemberData(nameof(KnownHashes))]
    public void Hash_KnownInput_GivesTheHashOfTheReference(int length, ulong expected) =>
        Assert.Equal(expected, XxHash3.Hash(Pattern(length)));

    [Fact]
    public void Hash_AllLengthsTo1024AndRandomOnes_EqualTheReferenceProgram()
    {
        var random = new Random(20_260_101);
        var inputs = new List<byte[]>();
        for (int length = 0; length <= 1024; length++)
        {
            inputs.Add(RandomBytes(random, length));
        }

        for (int count = 0; count < 40; count++)
        {
            inputs.Add(RandomBytes(random, random.Next(1025, 200_000)));
        }

        inputs.Add(RandomBytes(random, (4 << 20) + 3));
        ulong[]? expected = Xxhsum.TryHash(inputs);
        Assert.SkipWhen(expected is null, "xxhsum 0.8.1 or newer is not installed (Debian package xxhash).");

        for (int index = 0; index < inputs.Count; index++)
        {
            Assert.True(expected[index] == XxHash3.Hash(inputs[index]), $"length {inputs[index].Length}");
        }
    }

    [Theory]
    [MemberData(nameof(LongLengths))]
    public void HashLong_EveryVectorWidth_EqualsScalar(int length)
    {
        byte[] data = RandomBytes(new Random(length), length);
        ulong expected = HashLong<StripeLanesScalar, (ulong First, ulong Second)>(data);

        // Widths that this machine lacks run in software here, with the same result.
        Assert.Equal(expected, HashLong<StripeLanes128, Vector128<ulong>>(data));
        Assert.Equal(expected, HashLong<StripeLanes256, Vector256<ulong>>(data));
        Assert.Equal(expected, HashLong<StripeLanes512, Vector512<ulong>>(data));
        Assert.Equal(expected, XxHash3.Hash(data));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void CopyAndHash_EveryVectorWidth_CopiesAndHashesTheSame(int length)
    {
        byte[] data = RandomBytes(new Random(length), length);
        ulong expected = XxHash3.Hash(data);

        CopiesAndHashes<StripeLanesScalar, (ulong First, ulong Second)>();
        CopiesAndHashes<StripeLanes128, Vector128<ulong>>();
        CopiesAndHashes<StripeLanes256, Vector256<ulong>>();
        CopiesAndHashes<StripeLanes512, Vector512<ulong>>();

        void CopiesAndHashes<TLanes, TVector>()
            where TLanes : struct, IStripeLanes<TVector>
            where TVector : struct
        {
            // Other bytes around it, which must stay as they are.
            byte[] surroundings = Enumerable.Repeat((byte)0xA5, length + 128).ToArray();
            Span<byte> copy = surroundings.AsSpan(64, length);
            Assert.Equal(expected, XxHash3.HashLong<TLanes, TVector, ICopying.Yes>(data, ref MemoryMarshal.GetReference(copy)));
            Assert.Equal(data, copy.ToArray());
            Assert.All(surroundings.Take(64).Concat(surroundings.TakeLast(64)), b => Assert.Equal(0xA5, b));
        }
    }

    [Fact]
    public void CopyAndHash_AnyLength_CopiesAndHashesTheSame()
    {
        for (int length = 0; length < 1500; length++)
        {
            byte[] data = RandomBytes(new Random(length), length);
            byte[] copy = new byte[length];
            Assert.Equal(XxHash3.Hash(data), XxHash3.CopyAndHash(data, copy));
            Assert.Equal(data, copy);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => XxHash3.CopyAndHash(new byte[512], new byte[448]));
    }

    [Fact]
    public async Task CopyAndHash_SourceChangesMeanwhile_HashIsThatOfTheCopy()
    {
        byte[] source = new byte[64 << 10];
        byte[] copy = new byte[source.Length];
        using var stop = new CancellationTokenSource();
        Task changes = Task.Run(() =>
        {
            for (uint value = 1; !stop.IsCancellationRequested; value++)
            {
                MemoryMarshal.Cast<byte, uint>(source.AsSpan()).Fill(value);
            }
        }, CancellationToken.None);
        for (int count = 0; count < 20_000; count++)
        {
            ulong hash = XxHash3.CopyAndHash(source, copy);
            Assert.Equal(XxHash3.Hash(copy), hash);
        }

        await stop.CancelAsync();
        await changes;
    }

    [Fact]
    public void HashLong_ShortInput_IsRefused()
    {
        // The long way reads 64 bytes without a bounds check.
        Assert.Throws<ArgumentOutOfRangeException>(
            () => HashLong<StripeLanesScalar, (ulong First, ulong Second)>(new byte[240]));
    }

    [Fact]
    public void Hash_AnyAlignment_ReadsNothingOutsideItsInput()
    {
        foreach (int length in (int[])[0, 1, 3, 7, 13, 64, 127, 200, 241, 512, 1024, 4096, 4159])
        {
            byte[] data = Pattern(length);
            ulong expected = XxHash3.Hash(data);
            for (int offset = 0; offset < 65; offset++)
            {
                // Other bytes around it each time: a hash that took in one of them would change.
                byte[] surroundings = RandomBytes(new Random(offset), offset + length + 64);
                data.CopyTo(surroundings, offset);
                Assert.Equal(expected, XxHash3.Hash(surroundings.AsSpan(offset, length)));
            }
        }
    }

    [Fact]
    public void Hash_AllocatesNothing()
    {
        byte[] data = Pattern(5000);
        HashPrefixes();

        long before = GC.GetAllocatedBytesForCurrentThread();
        HashPrefixes();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void HashPrefixes()
        {
            for (int length = 0; length <= data.Length; length += 3)
            {
                _ = XxHash3.Hash(data.AsSpan(0, length));
            }
        }
    }

    private static ulong HashLong<TLanes, TVector>(byte[] data)
        where TLanes : struct, IStripeLanes<TVector>
        where TVector : struct =>
        XxHash3.HashLong<TLanes, TVector, ICopying.No>(data, ref data[0]);

    /// <summary>Byte i is the top byte of i times 2654435761 modulo 2^32: easy to make again in any language.</summary>
    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (int index = 0; index < length; index++)
        {
            bytes[index] = (byte)(unchecked((uint)index * 2_654_435_761u) >> 24);
        }

        return bytes;
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
