using BlockSnap.Nbd.Exports;

namespace BlockSnap.Nbd.Tests.Exports;

public sealed class HeadClientsTests
{
    // It was the other disk of that name that counted as in use, and the client was let in to one that was gone.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryEnter_OfADiskThatWasDeletedSinceItWasOpened_FailsAndHoldsNothing(bool nameIsTakenAgain)
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        (await pool.CreateDiskAsync("disk", 4096)).Dispose();
        using Export export = new ExportCatalog(pool, isReadOnly: false).Find("disk")!;
        await pool.DeleteDiskAsync("disk");
        if (nameIsTakenAgain)
        {
            (await pool.CreateDiskAsync("disk", 4096)).Dispose();
        }

        var clients = new HeadClients();
        Assert.Throws<DiskNotFoundException>(() => clients.TryEnter(export, () => { }));
        (await clients.ReserveAsync(export.Disk.Id, "disk", disconnect: false, CancellationToken.None)).Dispose();
        Assert.All(pool.ListDisks(), disk => Assert.Empty(pool.UsersOf(disk.Name)));
    }

    [Fact]
    public async Task Reserve_GivenUpWhileAClientIsStillThere_LetsClientsInAgain()
    {
        await using DiskPool pool = await DiskPool.CreateAsync(new MemoryDevice());
        (await pool.CreateDiskAsync("disk", 4096)).Dispose();
        using Export export = new ExportCatalog(pool, isReadOnly: false).Find("disk")!;
        var clients = new HeadClients();
        bool isToLeave = false;
        using IDisposable? stays = clients.TryEnter(export, () => isToLeave = true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => clients.ReserveAsync(export.Disk.Id, "disk", disconnect: true, new CancellationToken(canceled: true)));

        Assert.True(isToLeave);
        using IDisposable? other = clients.TryEnter(export, () => { });
        Assert.NotNull(other);
    }
}
