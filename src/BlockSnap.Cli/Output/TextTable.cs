using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>A table without lines, as of zfs or ls: easy on the eye and on awk.</summary>
internal sealed class TextTable
{
    private static readonly Style _headStyle = new(decoration: Decoration.Bold);

    private readonly Table _table = new Table().NoBorder();

    /// <param name="columns">The titles; one with a leading '>' is of numbers and stands to the right.</param>
    public TextTable(params string[] columns)
    {
        foreach (string column in columns)
        {
            bool right = column.StartsWith('>');
            _table.AddColumn(new TableColumn(new Text(column.TrimStart('>'), _headStyle))
            {
                Alignment = right ? Justify.Right : Justify.Left,
                NoWrap = true,
                Padding = new Padding(0, 0, 2, 0),
            });
        }
    }

    public void Add(params string[] cells) => _table.AddRow(cells.Select(cell => new Text(cell)));

    public void WriteTo(IAnsiConsole console) => console.Write(_table);
}
