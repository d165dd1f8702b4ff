using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace BlockSnap.Cli;

/// <summary>
/// A table without lines, like those of zfs and ls, which is easy to read for people and for awk. On a terminal that is too narrow a row
/// takes several lines, the later ones indented, and empty columns are left out; no cell is cut.
/// </summary>
internal sealed class TextTable
{
    private const int Gap = 2;

    private static readonly Style s_headStyle = new(decoration: Decoration.Bold);

    private readonly string[] _titles;
    private readonly bool[] _isNumber;
    private readonly List<string[]> _rows = [];

    /// <param name="columns">The titles. A leading '>' marks a column of numbers, which is aligned to the right.</param>
    public TextTable(params string[] columns)
    {
        _titles = [.. columns.Select(column => column.TrimStart('>'))];
        _isNumber = [.. columns.Select(column => column.StartsWith('>'))];
    }

    /// <summary>Adds a row. Control characters become blanks, so a name or description stays on its line and cannot control the terminal.</summary>
    public void Add(params string[] cells) => _rows.Add([.. cells.Select(WithoutControls)]);

    public void WriteTo(IAnsiConsole console)
    {
        int[] widths = [.. _titles.Select((title, column) => _rows.Select(row => CellsOf(row[column])).Append(CellsOf(title)).Max())];
        List<int[]> lines = LinesOf(widths, console.Profile.Width);
        Write(console, _titles, lines, widths, s_headStyle);
        foreach (string[] row in _rows)
        {
            Write(console, row, lines, widths, Style.Plain);
        }
    }

    private static string WithoutControls(string cell) => string.Concat(cell.Select(letter => char.IsControl(letter) ? ' ' : letter));

    // The columns that stand on each line of a row: all on one line, or else as many on each as fit.
    private List<int[]> LinesOf(int[] widths, int width)
    {
        int[] all = [.. Enumerable.Range(0, widths.Length)];
        if (widths.Sum() + (Gap * (widths.Length - 1)) <= width)
        {
            return [all];
        }

        var lines = new List<List<int>>();
        int used = width;
        foreach (int column in all.Where(column => column == 0 || _rows.Exists(row => row[column].Length > 0)))
        {
            if (used + Gap + widths[column] > width)
            {
                used = lines.Count == 0 ? -Gap : 0;
                lines.Add([]);
            }

            used += Gap + widths[column];
            lines[^1].Add(column);
        }

        return [.. lines.Select(line => line.ToArray())];
    }

    private void Write(IAnsiConsole console, string[] cells, List<int[]> lines, int[] widths, Style style)
    {
        for (int at = 0; at < lines.Count; at++)
        {
            var line = new StringBuilder();
            foreach (int column in lines[at])
            {
                int blanks = widths[column] - CellsOf(cells[column]);
                line.Append(' ', line.Length > 0 || at > 0 ? Gap : 0)
                    .Append(' ', _isNumber[column] ? blanks : 0).Append(cells[column]).Append(' ', _isNumber[column] ? 0 : blanks);
            }

            string text = line.ToString().TrimEnd();
            if (text.Length > 0)
            {
                console.Write(new Text(text + "\n", style));
            }
        }
    }

    // Letters of some scripts are two columns wide.
    private static int CellsOf(string text) => new Segment(text).CellCount();
}
