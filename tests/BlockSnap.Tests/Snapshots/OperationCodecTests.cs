using BlockSnap.Snapshots;
using BlockSnap.Tests.Format;

namespace BlockSnap.Tests.Snapshots;

public sealed class OperationCodecTests
{
    public static TheoryData<string> Operations => [.. FieldListWriter.Names.Where(name => name.StartsWith("operation-", StringComparison.Ordinal))];

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

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.Throws<PoolCorruptedException>(() => OperationCodec.Decode(bytes.AsSpan(0, length))));
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
        var error = Assert.Throws<PoolCorruptedException>(() => OperationCodec.Decode([7, 0, 0, 0, 0]));

        Assert.Contains("operation 7", error.Message, StringComparison.Ordinal);
    }
}
