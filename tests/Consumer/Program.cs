using System.Text;
using BlockSnap;
using Consumer;

// A program of somebody else: it knows the package only. The lines are those of the README (ReadmeTests compares them).
string directory = Directory.CreateTempSubdirectory("blocksnap-consumer-").FullName;
try
{
    await RunAsync(directory);
    await VerifyAsync(directory);
    await HostedPool.RunAsync(directory);
}
finally
{
    Directory.Delete(directory, recursive: true);
}

Console.WriteLine("consumer ok");

static async Task RunAsync(string directory)
{
    // readme-begin
    await using DiskPool pool = await DiskPool.CreateAsync(directory);
    await using IDisk disk = await pool.CreateDiskAsync("data", 1L << 30);
    disk.Write(4096, "first"u8);
    await disk.Chain.CreateAsync("before");

    disk.Write(4096, "other"u8);
    await disk.FlushAsync(); // from here on it survives a crash
    await using IDisk before = disk.Chain.Open("before");
    await foreach (ChangedExtent extent in pool.DiffAsync(before, disk))
    {
        Console.WriteLine($"{extent.Length} bytes changed at {extent.Offset}");
    }

    await disk.Chain.RollbackAsync("before");
    byte[] read = new byte[5];
    disk.Read(4096, read);
    Console.WriteLine(Encoding.UTF8.GetString(read)); // first
    // readme-end
}

// Opens the pool again and looks from the outside: an exception ends the program with an exit code other than zero.
static async Task VerifyAsync(string directory)
{
    await using DiskPool pool = await DiskPool.OpenAsync(directory);
    await using IDisk disk = pool.OpenDisk("data");
    byte[] read = new byte[5];
    disk.Read(4096, read);
    Require(read.AsSpan().SequenceEqual("first"u8), "the rolled back disk does not hold what it held before");

    await disk.Chain.UndoRollbackAsync();
    disk.Read(4096, read);
    Require(read.AsSpan().SequenceEqual("other"u8), "the undone rollback did not bring back what it replaced");

    CheckResult check = await pool.CheckAsync(verifyData: true);
    Require(check.Ok, string.Join(Environment.NewLine, check.Errors));
}

static void Require(bool condition, string failure)
{
    if (!condition)
    {
        throw new InvalidDataException(failure);
    }
}
