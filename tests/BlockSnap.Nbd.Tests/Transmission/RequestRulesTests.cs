using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class RequestRulesTests
{
    [Fact]
    public void Check_AnyRequest_WhatPassesLiesInsideTheDisk()
    {
        var random = new Random(11);
        int passed = 0;
        for (int i = 0; i < 200_000; i++)
        {
            long size = random.NextInt64(1 << 20);
            ulong offset = random.Next(4) switch { 0 => (ulong)random.NextInt64(), 1 => ulong.MaxValue - (ulong)random.Next(5000), _ => (ulong)random.NextInt64(size + 2) };
            uint length = random.Next(3) == 0 ? (uint)random.NextInt64(1L << 32) : (uint)random.Next(5000);
            var request = new RequestHeader((CommandFlags)random.Next(64), (CommandType)random.Next(10), 0, offset, length);
            bool isReadOnly = random.Next(2) == 0;
            if (RequestRules.Check(request, size, isReadOnly, structured: true, hasContexts: true) != NbdError.None
                || request.Type is CommandType.Disconnect or CommandType.Flush)
            {
                continue;
            }

            passed++;
            Assert.True(length > 0 && (UInt128)offset + length <= (UInt128)size, $"{request} passed on {size} bytes");
            Assert.False(isReadOnly && request.Type is CommandType.Write or CommandType.Trim or CommandType.WriteZeroes && isReadOnly);
        }

        Assert.True(passed > 1000);
    }

    [Theory]
    [InlineData(CommandType.Read, CommandFlags.DontFragment, false, NbdError.Invalid)] // only with structured replies
    [InlineData(CommandType.Read, CommandFlags.DontFragment, true, NbdError.None)]
    [InlineData(CommandType.Read, CommandFlags.Fua, true, NbdError.None)]
    [InlineData(CommandType.Write, CommandFlags.NoHole, true, NbdError.Invalid)]
    [InlineData(CommandType.BlockStatus, CommandFlags.RequestOne, true, NbdError.None)]
    [InlineData(CommandType.Trim, CommandFlags.RequestOne, true, NbdError.Invalid)]
    internal void Check_Flags_OnlyThoseOfTheCommandPass(CommandType type, CommandFlags flags, bool structured, NbdError expected) =>
        Assert.Equal(expected, RequestRules.Check(new RequestHeader(flags, type, 0, 0, 512), 4096, isReadOnly: false, structured, hasContexts: true));
}
