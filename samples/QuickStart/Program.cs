using BlockSnap;
using QuickStart;

// The main job of BlockSnap on real data, to be read from top to bottom. Without an argument the data is a tar archive of the running
// .NET runtime's own files; with the path of a raw disk image it is that image, which is only read. Everything that is written goes
// to a temporary directory. Exit code 0: every byte was read back as expected. 1: not. 2: wrong arguments.

if (args.Length > 1 || (args.Length == 1 && !File.Exists(args[0])))
{
    Console.Error.WriteLine("usage: QuickStart [RAW-IMAGE]    (RAW-IMAGE is an existing file)");
    return 2;
}

string directory = Directory.CreateTempSubdirectory("blocksnap-quickstart-").FullName;
string poolDirectory = Path.Combine(directory, "pool");
Content content = args.Length == 1 ? new ImageContent(args[0], directory) : new ArchiveContent();
Console.WriteLine($"Data  {content.Description}");
Console.WriteLine($"Pool  {poolDirectory}");
Console.WriteLine("Times include what this sample does itself: reading, making and hashing the data.");
try
{
    var (full, later) = await UseAsync();
    await ReopenAsync(full, later);
}
catch (Exception failure)
{
    Console.Error.WriteLine($"\nFAILED: {failure}\n\nThe pool is left for you to look at in {directory}");
    return 1;
}

Directory.Delete(directory, recursive: true);
Console.WriteLine("\nEverything was read back byte for byte. The temporary directory is deleted.");
return 0;

async Task<(IReadOnlyList<Piece> Full, IReadOnlyList<Piece> Later)> UseAsync()
{
    var report = new Report("A disk with data on it");
    await using DiskPool pool = await DiskPool.CreateAsync(poolDirectory);
    await using IDisk disk = await pool.CreateDiskAsync("data", content.DiskSize);
    ISnapshotChain chain = disk.Chain;
    report.Done("create the pool and the disk", $"{Report.Bytes(disk.Size)} in blocks of {Report.Bytes(disk.BlockSize.Bytes)}");

    IReadOnlyList<Piece> full = await content.WriteToAsync(disk);
    await disk.FlushAsync();
    report.Done("write the data, flush", $"{full.Count} {content.Unit}, {Report.Bytes(full.Sum(piece => (long)piece.Length))}");

    report = new Report("Three snapshots, with changes in between");
    await chain.CreateAsync("full");
    report.Done("snapshot full");

    IReadOnlyList<Piece> changed = Content.Overwrite(disk, full, every: 10, "first change");
    changed = Content.DeleteLast(disk, changed, count: changed.Count / 4);
    report.Done("overwrite every 10th, delete the last quarter", $"{changed.Count} {content.Unit} left");
    await chain.CreateAsync("changed");
    report.Done("snapshot changed");

    IReadOnlyList<Piece> later = Content.Overwrite(disk, changed, every: 15, "second change");
    report.Done("overwrite every 15th");
    await chain.CreateAsync("later");
    report.Done("snapshot later");

    report = new Report("What changed");
    await using IDisk fullView = chain.Open("full");
    await using IDisk laterView = chain.Open("later");
    await using (IDisk changedView = chain.Open("changed"))
    {
        report.Done("full to changed", await Report.SummariseAsync(pool.DiffAsync(fullView, changedView)));
        report.Done("changed to later", await Report.SummariseAsync(pool.DiffAsync(changedView, laterView)));
        content.Verify(changedView, changed);
    }

    content.Verify(fullView, full);
    content.Verify(laterView, later);
    report.Done("verify all three snapshots");
    Report.Print(await chain.GetUsageAsync(), await pool.GetUsageAsync());

    report = new Report("Delete the middle snapshot");
    DeletePreview preview = await chain.PreviewDeleteAsync(["changed"]);
    report.Done("preview", $"would free {Report.Bytes(preview.FreedBytes)}");
    DeletePreview deleted = await chain.DeleteAsync(["changed"]);
    report.Done("delete", $"frees {Report.Bytes(deleted.FreedBytes)}");
    Content.Require(deleted.FreedBytes == preview.FreedBytes, $"deleting frees {deleted.FreedBytes} bytes, the preview said {preview.FreedBytes}");
    content.Verify(fullView, full);
    content.Verify(laterView, later);
    report.Done("verify the other two");
    Report.Print(await chain.GetUsageAsync(), await pool.GetUsageAsync());

    report = new Report("Roll back, and change your mind");
    await chain.RollbackAsync("full");
    report.Done("roll back to full");
    content.Verify(disk, full);
    report.Done("verify the disk");
    await chain.UndoRollbackAsync();
    report.Done("undo the rollback");
    content.Verify(disk, later);
    report.Done("verify the disk");

    report = new Report("A clone is a disk of its own");
    await using IDisk clone = await chain.CloneAsync("full", "copy");
    report.Done("clone full as copy");
    content.Verify(clone, full);
    report.Done("verify the clone");
    await clone.WriteZeroesAsync(0, clone.Size);
    report.Done("wipe the clone");
    content.Verify(clone, []);
    content.Verify(fullView, full);
    content.Verify(disk, later);
    report.Done("verify that nothing else changed");

    await content.FinishAsync(fullView);
    return (full, later);
}

async Task ReopenAsync(IReadOnlyList<Piece> full, IReadOnlyList<Piece> later)
{
    var report = new Report("Closed, and opened again");
    await using DiskPool pool = await DiskPool.OpenAsync(poolDirectory);
    await using IDisk disk = pool.OpenDisk("data");
    await using IDisk fullView = disk.Chain.Open("full");
    report.Done("open");
    content.Verify(disk, later);
    content.Verify(fullView, full);
    report.Done("verify the disk and its first snapshot");

    await pool.CompactAsync();
    report.Done("compact");
    CheckResult check = await pool.CheckAsync(verifyData: true);
    report.Done("check, data too", $"{check.BlocksChecked:N0} blocks and map nodes, {check.Errors.Count} errors");
    Content.Require(check.Ok, string.Join(Environment.NewLine, check.Errors));
    Report.Print(await disk.Chain.GetUsageAsync(), await pool.GetUsageAsync());
}
