using System.Security.Cryptography;
using BlockSnap;

// Backup of a raw disk image with daily increments: each night the disk in the pool is made equal to the image, which writes only what
// differs, and a snapshot keeps that state for a week. Ten days pass in a moment; then the image of every day is restored and compared.

string directory = Directory.CreateTempSubdirectory("blocksnap-backup-").FullName;
string imagePath = Path.Combine(directory, "disk.raw");
var random = new Random(1);
var hashes = new Dictionary<string, string>();
File.WriteAllBytes(imagePath, Bytes(16 << 20));

await using (DiskPool pool = await DiskPool.CreateAsync(Path.Combine(directory, "pool")))
{
    await using IDisk disk = await pool.CreateDiskAsync("vm1", 0);
    for (int day = 1; day <= 10; day++)
    {
        ChangeTheImage();
        await using FileStream image = File.OpenRead(imagePath);
        ImageUpdate update = await DiskImage.UpdateAsync(image, disk);

        // The token makes a second run in the same night harmless.
        var options = new SnapshotOptions { RetentionDays = 7, ClientToken = $"backup-day-{day}" };
        Snapshot snapshot = await disk.Chain.CreateAsync($"day-{day}", options);
        hashes[snapshot.Name] = Hash(File.OpenRead(imagePath));
        Console.WriteLine($"{snapshot.Name}: read {update.ReadBytes >> 20} MiB, wrote {update.WrittenBytes >> 10} KiB");
    }

    // Each night ends with this; the clock of this sample stands still, so nothing is due.
    ExpiryResult expiry = await pool.ExpireAsync();
    Console.WriteLine($"Expired: {expiry.Expired.Count}");

    long stored = (await disk.Chain.GetUsageAsync()).Sum(usage => usage.StoredBytes);
    Console.WriteLine($"Ten backups of 16 MiB are {stored / 1024.0 / 1024:0.0} MiB.");

    foreach ((string name, string hash) in hashes)
    {
        string restored = Path.Combine(directory, name + ".raw");
        await using (FileStream file = File.Create(restored))
        {
            await using IDisk view = disk.Chain.Open(name);
            await DiskImage.ExportAsync(view, file);
        }

        if (Hash(File.OpenRead(restored)) != hash)
        {
            Console.Error.WriteLine($"{name} was not restored as it was; look at {directory}");
            return 1;
        }
    }
}

Directory.Delete(directory, recursive: true);
Console.WriteLine("Every day was restored byte for byte.");
return 0;

byte[] Bytes(int count)
{
    byte[] bytes = new byte[count];
    random.NextBytes(bytes);
    return bytes;
}

void ChangeTheImage()
{
    using FileStream image = File.OpenWrite(imagePath);
    for (int change = 0; change < 20; change++)
    {
        image.Position = random.Next(16 << 20 >> 12) << 12;
        image.Write(Bytes(4096));
    }
}

static string Hash(Stream stream)
{
    using (stream)
    {
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
