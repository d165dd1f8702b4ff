using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Reports about one disk.</summary>
internal static class DiskText
{
    /// <summary>What a command that made or changed a disk reports: a sentence for people, the disk for programs.</summary>
    public static Outcome Report(DiskFacts disk, string sentence) =>
        new Report<DiskResult>(new DiskResult(disk), CliJson.Relaxed.DiskResult, text => text.WriteLine(sentence));

    /// <summary>The predicate about a disk that would get another size.</summary>
    /// <param name="before">Its size now, in bytes.</param>
    /// <param name="after">The size that it would have.</param>
    /// <param name="cut">The bytes of data that lie beyond it.</param>
    public static string Resized(long before, long after, long cut) =>
        $"would have {ByteText.Exact(after)} instead of {ByteText.Exact(before)}; {ByteText.Of(cut)} of data lie beyond.";

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
