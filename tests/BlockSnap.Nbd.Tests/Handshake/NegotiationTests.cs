using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Handshake;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Handshake;

public sealed class NegotiationTests
{
    [Fact]
    public async Task List_OfDisksAndSnapshots_NamesThemAll()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("one");
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(["disk", "disk@one"], client.Ask(OptionCode.List)[..^1].Select(reply => Encoding.UTF8.GetString(reply.Data.AsSpan(4))));
    }

    [Fact]
    public async Task List_WithDeletedDisksOfANameThatIsTakenAgain_NamesWhatCanBeOpened()
    {
        // The snapshots of the deleted ones were listed under a name that another disk has, and could not be opened by it.
        await using ServingPool served = await ServingPool.StartAsync();
        for (int i = 0; i < 2; i++)
        {
            using IDisk disk = served.Pool.OpenDisk("disk");
            await disk.Chain.CreateAsync($"before{i}");
            await served.Pool.DeleteDiskAsync("disk");
            (await served.Pool.CreateDiskAsync("disk", 4096)).Dispose();
        }

        using NbdClient client = served.Connect();
        client.Greet();
        string[] names = [.. client.Ask(OptionCode.List)[..^1].Select(reply => Encoding.UTF8.GetString(reply.Data.AsSpan(4)))];
        Assert.Equal(3, names.Distinct().Count());
        Assert.All(names, name => Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Info, [.. NbdClient.Text(name), 0, 0])[^1].Type));
    }

    [Fact]
    public async Task Refusal_OfALongName_IsNoLongerThanAStringMayBe()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        (OptionReplyType type, byte[] text) = client.Ask(OptionCode.Go, [.. NbdClient.Text(new string('\u00e4', 2048)), 0, 0])[0];
        Assert.Equal(OptionReplyType.ErrorUnknownExport, type);
        Assert.InRange(text.Length, 1, 4096);
    }

    [Fact]
    public async Task Choice_IsKnownBeforeTheClientHearsOfIt()
    {
        // Else the client's place could still be taken as that of one that only holds it.
        await using ServingPool served = await ServingPool.StartAsync();
        bool chosen = false;
        bool heard = false;
        var script = new Queue<byte[]>([NbdClient.Big(3u), Go("disk")]);
        var stream = new ScriptedStream(() => script.Dequeue(), bytes =>
        {
            heard |= script.Count == 0;
            Assert.Equal(heard, chosen);
        });
        using var negotiation = new Negotiation(stream, new ExportCatalog(served.Pool, false), new TlsPolicy(null, false), export => new HeadClients().TryEnter(export, () => { }), () => chosen = true);
        using Negotiated? negotiated = await negotiation.RunAsync(CancellationToken.None);
        Assert.True(heard && negotiated is not null);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(11)]
    [InlineData(0xffff_ffff)]
    public async Task Option_Unknown_IsRefusedAndTheTalkGoesOn(uint code)
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(OptionReplyType.ErrorUnsupported, client.Ask((OptionCode)code, 1, 2, 3)[0].Type);
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.StructuredReply)[0].Type);
    }

    [Fact]
    public async Task Go_WithNonsenseOrAnUnknownName_IsRefusedAndTheTalkGoesOn()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(OptionReplyType.ErrorUnknownExport, client.Ask(OptionCode.Go, [.. NbdClient.Text("nobody"), 0, 0])[0].Type);
        Assert.Equal(OptionReplyType.ErrorUnknownExport, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk@nothing"), 0, 0])[0].Type);
        Assert.Equal(OptionReplyType.ErrorInvalid, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 1])[0].Type); // an info that is not there
        Assert.Equal(OptionReplyType.ErrorInvalid, client.Ask(OptionCode.Go, 0xff, 0xff, 0xff, 0xff, 0, 0)[0].Type); // a length beyond the data
        Assert.Equal(OptionReplyType.ErrorInvalid, client.Ask(OptionCode.Go, 0, 0, 0, 1, 0xff, 0, 0)[0].Type); // no UTF-8
        Assert.Equal(OptionReplyType.ErrorInvalid, client.Ask(OptionCode.List, 1)[0].Type);
        Assert.Equal(OptionReplyType.ErrorPolicy, client.Ask(OptionCode.StartTls)[0].Type);
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0])[^1].Type);
        Assert.Equal(NbdError.None, client.Do(CommandType.Read, 0, 512).Error);
    }

    [Fact]
    public async Task Go_ByTheEmptyName_FindsTheOnlyDisk()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 12345);
        using (NbdClient client = served.Connect())
        {
            client.Greet();
            byte[] info = client.Ask(OptionCode.Info, [.. NbdClient.Text(""), 0, 0])[0].Data;
            Assert.Equal(12345UL, BinaryPrimitives.ReadUInt64BigEndian(info.AsSpan(2)));
        }

        await using IDisk second = await served.Pool.CreateDiskAsync("second", 1);
        using NbdClient other = served.Connect();
        other.Greet();
        Assert.Equal(OptionReplyType.ErrorUnknownExport, other.Ask(OptionCode.Info, [.. NbdClient.Text(""), 0, 0])[0].Type);
    }

    [Fact]
    public async Task ExportName_OfAnUnknownExport_EndsTheConnection()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        client.SendOption(OptionCode.ExportName, "nobody"u8.ToArray());
        Assert.True(client.IsEnded());
    }

    [Theory]
    [InlineData(1, 134)]
    [InlineData(3, 10)]
    public async Task ExportName_OfADisk_GoesToTransmission(uint clientFlags, int bytes)
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet(clientFlags);
        client.SendOption(OptionCode.ExportName, "disk"u8.ToArray());
        Assert.Equal(1UL << 20, BinaryPrimitives.ReadUInt64BigEndian(client.Receive(bytes)));
        Assert.Equal(new byte[512], client.Do(CommandType.Read, 0, 512).Data);
    }

    [Fact]
    public async Task Option_TooLong_IsSkippedAndRefused_AbsurdlyLong_EndsTheConnection()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(OptionReplyType.ErrorTooBig, client.Ask(OptionCode.Go, new byte[100_000])[0].Type);
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.StructuredReply)[0].Type);
        client.Send([.. NbdClient.Big(Magic.Option), 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task ClientFlags_Unknown_EndTheConnection()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet(flags: 4);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task Abort_IsAcknowledgedAndEndsTheConnection()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(OptionReplyType.Acknowledged, client.Ask(OptionCode.Abort)[0].Type);
        Assert.True(client.IsEnded());
    }

    [Fact]
    public async Task MetaContexts_AreListedAndSelectedByQuery()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("one");
        await disk.Chain.CreateAsync("two");
        using NbdClient client = served.Connect();
        client.Greet();
        Assert.Equal(OptionReplyType.ErrorInvalid, client.Ask(OptionCode.ListMetaContext, Queries("disk"))[0].Type); // before structured replies
        client.Ask(OptionCode.StructuredReply);
        Assert.Equal(["base:allocation", "blocksnap:changed:one", "blocksnap:changed:two"], Contexts(client.Ask(OptionCode.ListMetaContext, Queries("disk"))));
        Assert.Equal(["blocksnap:changed:one", "blocksnap:changed:two"], Contexts(client.Ask(OptionCode.ListMetaContext, Queries("disk", "blocksnap:"))));
        Assert.Equal(["base:allocation"], Contexts(client.Ask(OptionCode.ListMetaContext, Queries("disk", "base:"))));
        Assert.Empty(Contexts(client.Ask(OptionCode.SetMetaContext, Queries("disk"))));
        Assert.Empty(Contexts(client.Ask(OptionCode.SetMetaContext, Queries("disk", "qemu:dirty-bitmap:x", "blocksnap:changed:three", "base:allo"))));
        Assert.Equal(["blocksnap:changed:two", "base:allocation"], Contexts(client.Ask(OptionCode.SetMetaContext, Queries("disk", "blocksnap:changed:two", "base:allocation"))));
    }

    [Fact]
    public async Task MetaContexts_SelectedForAnotherExport_DoNotCount()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk other = await served.Pool.CreateDiskAsync("other", 4096);
        using NbdClient client = served.Connect();
        client.Greet();
        client.Ask(OptionCode.StructuredReply);
        client.Ask(OptionCode.SetMetaContext, Queries("other", "base:allocation"));
        client.Ask(OptionCode.Go, [.. NbdClient.Text("disk"), 0, 0]);
        Assert.Equal(NbdError.Invalid, client.Do(CommandType.BlockStatus, 0, 512).Error);
    }

    [Fact]
    public async Task MetaContexts_SelectedForTheDefaultExport_CountForIt()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        using NbdClient client = served.Connect();
        client.Greet();
        client.Ask(OptionCode.StructuredReply);
        client.Ask(OptionCode.SetMetaContext, Queries("", "base:allocation"));
        client.Ask(OptionCode.Go, [.. NbdClient.Text(""), 0, 0]);
        Assert.Equal(NbdError.None, client.Do(CommandType.BlockStatus, 0, 512).Error);
    }

    // What a snapshot refers to was held, or a disk called in use, until the server ended: for a client that was never there.
    [Theory]
    [InlineData("disk@one")]
    [InlineData("disk")]
    public async Task Go_OfAClientThatIsGoneBeforeTheReply_HoldsNothing(string export)
    {
        const int Bytes = 1 << 20;
        await using ServingPool served = await ServingPool.StartAsync(Bytes);
        await using IDisk disk = served.Pool.OpenDisk("disk");
        disk.Write(0, RandomNumberGenerator.GetBytes(Bytes));
        await disk.Chain.CreateAsync("one");
        disk.Write(0, RandomNumberGenerator.GetBytes(Bytes));
        var script = new Queue<byte[]>([NbdClient.Big(3u), Go(export)]);
        var stream = new ScriptedStream(() => script.Dequeue(), _ =>
        {
            if (script.Count == 0)
            {
                throw new IOException("the client is gone");
            }
        });
        var clients = new HeadClients();
        using (var negotiation = new Negotiation(stream, new ExportCatalog(served.Pool, false), new TlsPolicy(null, false), export => clients.TryEnter(export, () => { }), () => { }))
        {
            await Assert.ThrowsAsync<IOException>(() => negotiation.RunAsync(CancellationToken.None).AsTask());
        }

        (await clients.ReserveAsync(disk.Id, "disk", false, CancellationToken.None)).Dispose();
        await disk.Chain.DeleteAsync(["one"]);
        await served.Pool.CompactAsync();
        Assert.Equal(Bytes, (await served.Pool.GetUsageAsync()).ReferencedBytes);
    }

    [Fact]
    public async Task Go_ForADiskThatIsDeletedBeforeItIsEntered_IsRefusedAndTheTalkGoesOn()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        var script = new Queue<byte[]>([NbdClient.Big(3u), Go("disk")]);
        byte[] said = [];
        var stream = new ScriptedStream(() => script.TryDequeue(out byte[]? bytes) ? bytes : default, bytes => said = bytes.ToArray());
        var clients = new HeadClients();
        using var negotiation = new Negotiation(stream, new ExportCatalog(served.Pool, false), new TlsPolicy(null, false), DeleteAndEnter, () => { });

        Assert.Null(await negotiation.RunAsync(CancellationToken.None)); // the script ended it
        Assert.Equal(OptionReplyType.ErrorPolicy, (OptionReplyType)BinaryPrimitives.ReadUInt32BigEndian(said.AsSpan(12)));

        IDisposable? DeleteAndEnter(Export export)
        {
            served.Pool.DeleteDiskAsync("disk").GetAwaiter().GetResult();
            return clients.TryEnter(export, () => { });
        }
    }

    [Fact]
    public async Task Go_ForADiskThatIsDeletedBeforeTheReply_GivesAnExportOfErrors_AndHoldsNothing()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        await disk.Chain.CreateAsync("one");
        var clients = new HeadClients();
        using (Negotiated? negotiated = await NegotiateAsync(served.Pool, clients, () => served.Pool.DeleteDiskAsync("disk")))
        {
            Assert.Equal(2, negotiated!.Contexts.Count);
            Assert.All(negotiated.Contexts, context => Assert.Throws<DiskNotFoundException>(() => context.Describe(new ByteRange(0, 4096), 1)));
            Assert.Throws<DiskNotFoundException>(() => negotiated.Export.Disk.Read(0, new byte[1]));
        }

        (await clients.ReserveAsync(disk.Id, "disk", false, CancellationToken.None)).Dispose();
    }

    [Fact]
    public async Task Go_WithAContextOfASnapshotThatIsDeletedBeforeTheReply_EndsTheConnection_AndHoldsNothing()
    {
        await using ServingPool served = await ServingPool.StartAsync();
        await using IDisk disk = served.Pool.OpenDisk("disk");
        disk.Write(0, RandomNumberGenerator.GetBytes(4096));
        await disk.Chain.CreateAsync("one");
        disk.Discard(0, 4096);
        var clients = new HeadClients();
        await Assert.ThrowsAsync<ProtocolException>(() => NegotiateAsync(served.Pool, clients, () => disk.Chain.DeleteAsync(["one"])));

        (await clients.ReserveAsync(disk.Id, "disk", false, CancellationToken.None)).Dispose();
        Assert.Equal(0, (await served.Pool.GetUsageAsync()).ReferencedBytes);
    }

    // A client that asks for both contexts of the disk with a snapshot "one", and goes; something happens before it hears of it.
    private static async Task<Negotiated?> NegotiateAsync(DiskPool pool, HeadClients clients, Func<Task> happens)
    {
        var script = new Queue<byte[]>(
        [
            NbdClient.Big(3u),
            NbdClient.Option(OptionCode.StructuredReply),
            NbdClient.Option(OptionCode.SetMetaContext, Queries("disk", "base:allocation", "blocksnap:changed:one")),
            Go("disk"),
        ]);
        using var negotiation = new Negotiation(
            new ScriptedStream(() => script.Dequeue()), new ExportCatalog(pool, false), new TlsPolicy(null, false), export => clients.TryEnter(export, () => { }), () => happens().GetAwaiter().GetResult());
        return await negotiation.RunAsync(CancellationToken.None);
    }

    private static byte[] Go(string export) => NbdClient.Option(OptionCode.Go, [.. NbdClient.Text(export), 0, 0]);

    private static byte[] Queries(string export, params string[] queries) =>
        [.. NbdClient.Text(export), .. NbdClient.Big((uint)queries.Length), .. queries.SelectMany(NbdClient.Text)];

    private static IEnumerable<string> Contexts(List<(OptionReplyType Type, byte[] Data)> replies) =>
        replies[..^1].Select(reply => Encoding.UTF8.GetString(reply.Data.AsSpan(4)));
}
