using BlockSnap.Catalogs;
using BlockSnap.Disks;
using BlockSnap.Mapping;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Catalogs;

/// <summary>Where the catalog's pages keep items.</summary>
public sealed class CatalogPagesTests
{
    private const int Block = 4096;

    // An item that was written again in its old cells hid the free cells before it: a pool in which disks come and go had ever more pages.
    [Fact]
    public async Task Cells_OfItemsThatAreGone_AreUsedAgainAlsoBeforeOnesThatChanged()
    {
        await using TestPool test = await TestPool.CreateAsync(PoolChoice.SmallRareCheckpoints);
        Catalog catalog = test.Pool.Core.Catalog;
        var pages = new CatalogPages(new DiskVolume(CatalogPages.DiskNumber, default, "catalog", 0, BlockSize.Default, MapRoot.Empty(1)));
        for (int round = 0; round < 3 * CatalogCell.CellsPerPage; round++)
        {
            using IDisk disk = await test.Pool.CreateDiskAsync($"d{round}", 8 * Block);
            pages.CountChanged(catalog);
            if (catalog.Find($"d{round - 1}") is { } gone)
            {
                await test.Pool.DeleteDiskAsync(gone.Volume.Name);
                pages.Remove(gone);
            }

            disk.WriteBlock(0, seed: round);
            pages.CountChanged(catalog);
        }

        Assert.Equal(1, pages.PageCount);
    }
}
