using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>Damage as lines of text: what is damaged, and indented below it what is lost.</summary>
internal static class DamageText
{
    public static void Write(IAnsiConsole text, IReadOnlyList<DamageFacts> damage)
    {
        foreach (DamageFacts found in damage)
        {
            text.WriteLine($"{found.Code}: {found.Message}");
            foreach (DamagedRangeFacts range in found.Ranges)
            {
                string state = range.Snapshot is null ? range.Disk : $"{range.Disk}@{range.Snapshot}{(range.State == "trash" ? " (deleted)" : "")}";
                text.WriteLine($"  {state}: {range.Length} bytes at {range.Offset}");
            }
        }
    }
}
