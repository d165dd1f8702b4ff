using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Reports about one disk.</summary>
internal static class DiskText
{
    /// <summary>What a command that made or changed a disk reports: a sentence for people, the disk for programs.</summary>
    public static Outcome Report(DiskFacts disk, string sentence) =>
        new Report<DiskResult>(new DiskResult(disk), CliJson.Relaxed.DiskResult, text => text.WriteLine(sentence));

    /// <summary>Writes a table of disks.</summary>
    public static void WriteTable(IAnsiConsole text, IEnumerable<DiskFacts> disks)
    {
        var table = new TextTable("NAME", ">SIZE", ">BLOCK", ">SNAPSHOTS", "ID");
        foreach (DiskFacts disk in disks)
        {
            string name = disk.Released ? $"{disk.Name} (deleted)" : disk.Name;
            table.Add(name, ByteText.Of(disk.Size), ByteText.Of(disk.BlockSize), $"{disk.Snapshots}", disk.Id);
        }

        table.WriteTo(text);
    }
}
