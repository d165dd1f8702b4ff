using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class SessionTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WritesAndReads_OfAnyPlaceAndLength_AreWhatADiskDoes(bool structured)
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 8 * MiB);
        using NbdClient client = served.Connect().Go(structured: structured);
        byte[] model = new byte[8 * MiB];
        var random = new Random(3);
        foreach (int length in (int[])[1, 511, 4096, 5000, 65_536, 131_073, 262_144, 300_000, 3 * MiB])
        {
            int offset = random.Next(model.Length - length);
            byte[] data = new byte[length];
            random.NextBytes(data);
            data.AsSpan(length / 3, length / 3).Clear(); // so that there are holes to tell
            data.CopyTo(model, offset);
            Assert.Equal(NbdError.None, client.Do(CommandType.Write, (ulong)offset, (uint)length, data: data).Error);
            int start = Math.Max(0, offset - 700);
            int count = Math.Min(model.Length - start, length + 9000);
            Reply reply = client.Do(CommandType.Read, (ulong)start, (uint)count);
            Assert.Equal(NbdError.None, reply.Error);
            Assert.True(model.AsSpan(start, count).SequenceEqual(reply.Data), $"{length} bytes at {offset}");
        }

        Assert.True(model.AsSpan().SequenceEqual(client.Do(CommandType.Read, 0, 8 * MiB).Data));
        await using IDisk disk = served.Pool.OpenDisk("disk");
        byte[] direct = new byte[model.Length];
        disk.Read(0, direct);
        Assert.True(model.AsSpan().SequenceEqual(direct));
    }

    [Fact]
    public async Task Read_OfHolesAndData_SendsHolesAsHoles_UnlessInOnePiece()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect().Go();
        byte[] data = [.. Enumerable.Repeat((byte)7, 4096)];
        client.Do(CommandType.Write, 8192, 4096, data: data);

        Assert.Equal([ChunkType.OffsetHole, ChunkType.OffsetData, ChunkType.OffsetHole], client.Do(CommandType.Read, 0, 32_768).Chunks);
        Assert.Equal([ChunkType.OffsetData, ChunkType.OffsetHole, ChunkType.OffsetData], client.Do(CommandType.Read, 8192 + 100, 8192).Chunks); // 100 bytes are no hole
        Assert.Equal([ChunkType.OffsetData, ChunkType.OffsetHole], client.Do(CommandType.Read, 8192 + 100, 8192 - 100).Chunks);
        Assert.Equal([ChunkType.OffsetData], client.Do(CommandType.Read, 0, 32_768, CommandFlags.DontFragment).Chunks);
        Assert.Equal([ChunkType.OffsetData, ChunkType.None], client.Do(CommandType.Read, 0, MiB, CommandFlags.DontFragment).Chunks);
        Assert.Equal([ChunkType.OffsetHole], client.Do(CommandType.Read, 20_480, 4000).Chunks);
    }

    // BLOCK_STATUS called it a hole: whoever copies what is said to be data made an image of zeros, and no error.
    [Fact]
    public async Task Disk_DeletedUnderItsClient_IsAnsweredByErrorsAlone()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect().Go(contexts: "base:allocation");
        byte[] data = [.. Enumerable.Repeat((byte)7, 4096)];
        Assert.Equal(NbdError.None, client.Do(CommandType.Write, 0, 4096, data: data).Error);
        await served.Pool.DeleteDiskAsync("disk");
        foreach (CommandType type in (CommandType[])[CommandType.Read, CommandType.Write, CommandType.Trim, CommandType.Cache, CommandType.WriteZeroes, CommandType.BlockStatus])
        {
            Assert.Equal((type, NbdError.Shutdown), (type, client.Do(type, 0, 4096, data: type == CommandType.Write ? data : null).Error));
        }
    }

    [Fact]
    public async Task BlockStatus_TellsAllocationAndChanges()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        byte[] block = [.. Enumerable.Repeat((byte)1, 4096)];
        disk.Write(4096, block);
        disk.Write(65_536, block);
        await disk.Chain.CreateAsync("one");
        disk.Write(8192, block);
        disk.Discard(65_536, 4096);
        using NbdClient client = served.Connect().Go("disk", true, "blocksnap:changed:one", "base:allocation");

        Reply reply = client.Do(CommandType.BlockStatus, 0, MiB);
        Assert.Equal([(8192, 0), (4096, 1), (53_248, 0), (4096, 3), (MiB - 69_632, 0)], reply.Extents[0]);
        Assert.Equal([(4096, 3), (8192, 0), (MiB - 12_288, 3)], reply.Extents[1]);
        reply = client.Do(CommandType.BlockStatus, 8000, 5000, CommandFlags.RequestOne);
        Assert.Equal([(192, 0)], reply.Extents[0]);
        Assert.Equal([(4288, 0)], reply.Extents[1]);
    }

    [Fact]
    public async Task ZeroesTrimAndFlags_DoWhatTheySay()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect().Go();
        byte[] data = [.. Enumerable.Repeat((byte)9, 65_536)];
        Assert.Equal(NbdError.None, client.Do(CommandType.Write, 0, 65_536, CommandFlags.Fua, data).Error);
        Assert.Equal(NbdError.None, client.Do(CommandType.WriteZeroes, 100, 10_000, CommandFlags.FastZero | CommandFlags.NoHole).Error);
        data.AsSpan(100, 10_000).Clear();
        Assert.Equal(data, client.Do(CommandType.Read, 0, 65_536).Data);
        Assert.Equal(NbdError.None, client.Do(CommandType.Trim, 16_384, 4096, CommandFlags.Fua).Error);
        data.AsSpan(16_384, 4096).Clear();
        Assert.Equal(data, client.Do(CommandType.Read, 0, 65_536).Data);
        Assert.Equal(NbdError.None, client.Do(CommandType.Cache, 0, MiB).Error);
        Assert.Equal(NbdError.None, client.Do(CommandType.Flush).Error);
    }

    [Fact]
    public async Task Requests_ThatMakeNoSense_AreRefusedAndTheSessionGoesOn()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect().Go();
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Read, MiB, 1).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Read, MiB - 511, 512).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Read, ulong.MaxValue - 100, 512).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Read, 0, 0).Error);
        Assert.Equal(NbdError.NoSpace, client.Do(CommandType.Write, MiB - 1, 2, data: [1, 2]).Error);
        Assert.Equal(NbdError.NoSpace, client.Do(CommandType.Write, ulong.MaxValue, 2, data: [1, 2]).Error);
        Assert.Equal(NbdError.NoSpace, client.Do(CommandType.WriteZeroes, 0, uint.MaxValue).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Trim, 0, uint.MaxValue).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Read, 0, 512, (CommandFlags)0x4000).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Write, 0, 2, CommandFlags.DontFragment, [1, 2]).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Flush, 1, 0).Error);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.BlockStatus, 0, 512).Error);
        Assert.Equal(NbdError.Invalid, client.Do((CommandType)99, 0, 0).Error);
        byte[] tooLong = new byte[(32 << 20) + 1];
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.Write, 0, (uint)tooLong.Length, data: tooLong).Error);
        Assert.Equal(new byte[512], client.Do(CommandType.Read, 0, 512).Data);
    }

    [Fact]
    public async Task Snapshot_AndReadOnlyServer_RefuseChanges()
    {
        await using ServingPool served = await ServingPool.StartAsync(change: options => new NbdServerOptions { EndPoints = options.EndPoints, ReadOnly = true, Faults = options.Faults });
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("one");
        foreach (string export in (string[])["disk", "disk@one"])
        {
            using NbdClient client = served.Connect().Go(export);
            Assert.Equal(NbdError.NotPermitted, client.Do(CommandType.Write, 0, 2, data: [1, 2]).Error);
            Assert.Equal(NbdError.NotPermitted, client.Do(CommandType.Trim, 0, 512).Error);
            Assert.Equal(NbdError.NotPermitted, client.Do(CommandType.WriteZeroes, 0, 512).Error);
            Assert.Equal(NbdError.None, client.Do(CommandType.Flush).Error);
            Assert.Equal(new byte[512], client.Do(CommandType.Read, 0, 512).Data);
        }
    }

    [Fact]
    public async Task Snapshot_ServedWhileTheDiskIsWritten_StaysAsItWas()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        using NbdClient writer = served.Connect().Go();
        writer.Do(CommandType.Write, 0, 5, data: "first"u8.ToArray());
        await disk.Chain.CreateAsync("one");
        writer.Do(CommandType.Write, 0, 5, data: "other"u8.ToArray());
        using NbdClient reader = served.Connect().Go("disk@one");
        Assert.Equal("first"u8.ToArray(), reader.Do(CommandType.Read, 0, 5).Data);
        Assert.Equal("other"u8.ToArray(), writer.Do(CommandType.Read, 0, 5).Data);
    }

    [Fact]
    public async Task Requests_SentTogether_AreAllAnswered()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 4 * MiB);
        using NbdClient client = served.Connect().Go();
        var random = new Random(5);
        byte[] data = new byte[4096];
        random.NextBytes(data);
        client.Do(CommandType.Write, 4096, 4096, data: data);
        var lengths = new Dictionary<ulong, uint>();
        for (ulong cookie = 0; cookie < 60; cookie++)
        {
            (CommandType type, ulong offset, uint length) = (cookie % 5) switch
            {
                0 => (CommandType.Flush, 0UL, 0u),
                1 => (CommandType.Read, 4096UL, 200_000u), // long: handed over
                2 => (CommandType.WriteZeroes, 3UL * MiB, 65_536u),
                _ => (CommandType.Read, 4096UL, 4096u),
            };
            lengths.Add(cookie, type == CommandType.Read ? length : 0);
            client.SendRequest(type, cookie, offset, length, type == CommandType.WriteZeroes ? CommandFlags.Fua : CommandFlags.None);
        }

        while (lengths.Count > 0)
        {
            Reply reply = client.ReceiveReply(200_000, 4096);
            Assert.Equal(NbdError.None, reply.Error);
            Assert.True(lengths.Remove(reply.Cookie, out uint length));
            Assert.True(length == 0 || data.AsSpan().SequenceEqual(reply.Data.AsSpan(0, 4096)));
        }
    }

    [Fact]
    public async Task Write_AbsurdlyLong_OrARequestWithoutMagic_EndsThatConnectionAlone()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient good = served.Connect().Go();
        using (NbdClient client = served.Connect().Go())
        {
            client.SendRequest(CommandType.Write, 1, 0, uint.MaxValue);
            Assert.True(client.IsEnded());
        }

        using (NbdClient client = served.Connect().Go())
        {
            client.Send(new byte[28]);
            Assert.True(client.IsEnded());
        }

        Assert.Equal(new byte[512], good.Do(CommandType.Read, 0, 512).Data);
    }

    [Fact]
    public async Task Clients_ThatStopHalfway_OrNeverRead_KeepNobodyElseWaiting()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 64 * MiB);
        using NbdClient half = served.Connect().Go();
        half.SendRequest(CommandType.Write, 1, 0, 4096, data: new byte[100]);
        using NbdClient deaf = served.Connect().Go(structured: false);
        deaf.Socket.SendTimeout = 300;
        await Assert.ThrowsAsync<IOException>(() => Task.Run(() =>
        {
            while (true)
            {
                deaf.SendRequest(CommandType.Read, 1, 0, 32 * MiB);
                deaf.SendRequest(CommandType.Flush, 2, 0, 0);
            }
        }));

        using NbdClient good = served.Connect().Go();
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(NbdError.None, good.Do(CommandType.Write, 0, 3, CommandFlags.Fua, [1, 2, 3]).Error);
        }

        half.Dispose(); // half a message changes nothing that was acknowledged
        Assert.Equal([1, 2, 3], good.Do(CommandType.Read, 0, 3).Data);
    }
}
