using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Tests.Format;

namespace BlockSnap.Tests.Catalogs;

public sealed class OperationCodecTests
{
    public static TheoryData<string> Operations => FieldListWriter.Operations;

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_DecodedAndEncodedAgain_IsTheSame(string name)
    {
        byte[] bytes = OperationCodec.Encode(FieldListWriter.Operation(name));

        PoolOperation decoded = OperationCodec.Decode(bytes);

        Assert.Equal(FieldListWriter.Operation(name).GetType(), decoded.GetType());
        Assert.Equal(bytes, OperationCodec.Encode(decoded));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_CutShort_IsDamaged(string name)
    {
        byte[] bytes = OperationCodec.Encode(FieldListWriter.Operation(name));

        Assert.All(
            Enumerable.Range(0, bytes.Length),
            length => Assert.Throws<PoolCorruptedException>(() => OperationCodec.Decode(bytes.AsSpan(0, length))));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_WithMoreBehindIt_IsReadWithoutThat(string name)
    {
        byte[] bytes = OperationCodec.Encode(FieldListWriter.Operation(name));

        // Room for fields of later versions.
        Assert.Equal(bytes, OperationCodec.Encode(OperationCodec.Decode([.. bytes, 1, 2, 3])));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_WithAnyByteChanged_IsReadOrDamaged_NothingElse(string name)
    {
        byte[] bytes = OperationCodec.Encode(FieldListWriter.Operation(name));
        for (int at = 0; at < bytes.Length; at++)
        {
            byte right = bytes[at];
            foreach (int wrong in (int[])[right ^ 1, right ^ 0x80, 0, 0xFF])
            {
                bytes[at] = (byte)wrong;
                try
                {
                    OperationCodec.Decode(bytes);
                }
                catch (PoolCorruptedException)
                {
                }
            }

            bytes[at] = right;
        }
    }

    [Fact]
    public void Operation_OfAnUnknownKind_IsRefusedByItsNumber()
    {
        var error = Assert.Throws<PoolCorruptedException>(() => OperationCodec.Decode([14, 0, 0, 0, 0]));

        Assert.Contains("operation 14", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_WithinSeveral_IsRefused()
    {
        byte[] bytes = OperationCodec.Encode(new PoolOperation.Several([new PoolOperation.Several([])]));

        Assert.Throws<PoolCorruptedException>(() => OperationCodec.Decode(bytes));
    }

    [Theory]
    [MemberData(nameof(FieldListWriter.Items), MemberType = typeof(FieldListWriter))]
    public void Item_DecodedAndEncodedAgain_IsTheSame(string name)
    {
        (ItemKind kind, byte[] payload) = ItemCodec.Encode(new ItemState(FieldListWriter.Item(name)));

        object decoded = ItemCodec.Decode(kind, payload);

        Assert.Equal(payload, ItemCodec.Encode(decoded).Payload);
    }

    [Fact]
    public void Item_OfAnUnknownKind_IsRefusedByItsNumber()
    {
        var error = Assert.Throws<PoolCorruptedException>(() => ItemCodec.Decode((ItemKind)200, new byte[64]));

        Assert.Contains("item 200", error.Message, StringComparison.Ordinal);
    }
}
