using System.Globalization;
using BlockSnap.Tests.Design;

namespace BlockSnap.Tests.Format;

/// <summary>
/// FORMAT.md, read by its marks: <c>ruler NAME BYTES</c> before a table of offsets, <c>fields NAME [KIND]</c> before a list of fields one behind
/// the other, <c>constants</c> before a table of names and values, and code blocks <c>hex FILE</c> with an offset and bytes in each line.
/// </summary>
internal sealed class FormatDocument
{
    public const string Path = "src/BlockSnap/Format/FORMAT.md";

    private readonly List<string> _lines = [.. File.ReadLines(System.IO.Path.Join(RepositoryFiles.Root, Path))];

    public FormatDocument()
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            string[] words = _lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["<!--", "ruler", var ruler, var bytes, "-->"])
            {
                Rulers.Add(ruler, new Ruler(int.Parse(bytes, CultureInfo.InvariantCulture), [.. TableBehind(i).Select(ToRulerRow)]));
            }
            else if (words is ["<!--", "fields", var fields, .. var kind, "-->"])
            {
                byte? number = kind is [var text] ? byte.Parse(text, CultureInfo.InvariantCulture) : null;
                FieldLists.Add(fields, new FieldList(number, [.. TableBehind(i).Select(row => (row[0], row[1]))]));
            }
            else if (words is ["<!--", "constants", "-->"])
            {
                Constants = TableBehind(i).ToDictionary(row => row[0], row => ToNumber(row[1]));
            }
            else if (words is ["```hex", var file])
            {
                Dumps.AddRange(DumpBehind(i, file));
            }
        }
    }

    /// <summary>A field at its place; units as the ruler says.</summary>
    public sealed record RulerRow(int Offset, int Size, string Field);

    /// <summary>A structure of fixed layout and its length.</summary>
    public sealed record Ruler(int Length, IReadOnlyList<RulerRow> Rows);

    /// <summary>Fields one behind the other, and the number that says which structure it is.</summary>
    public sealed record FieldList(byte? Kind, IReadOnlyList<(string Size, string Field)> Rows);

    /// <summary>A line of an example.</summary>
    public sealed record DumpLine(string File, long Offset, byte[] Bytes, int LineNumber);

    public Dictionary<string, Ruler> Rulers { get; } = [];

    public Dictionary<string, FieldList> FieldLists { get; } = [];

    public Dictionary<string, long> Constants { get; } = [];

    public List<DumpLine> Dumps { get; } = [];

    private static long ToNumber(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? Convert.ToInt64(text, 16)
        : long.Parse(text.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static RulerRow ToRulerRow(string[] row) =>
        new(int.Parse(row[0], CultureInfo.InvariantCulture), int.Parse(row[1], CultureInfo.InvariantCulture), row[2]);

    // The rows below the two head lines of the next table, cut into cells.
    private IEnumerable<string[]> TableBehind(int mark) => _lines
        .Skip(mark + 1)
        .SkipWhile(line => !line.StartsWith('|'))
        .TakeWhile(line => line.StartsWith('|'))
        .Skip(2)
        .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries));

    // "00001000  42 53 42 31  what it is"
    private IEnumerable<DumpLine> DumpBehind(int fence, string file)
    {
        for (int i = fence + 1; _lines[i] != "```"; i++)
        {
            string[] parts = _lines[i].Split("  ", StringSplitOptions.RemoveEmptyEntries);
            yield return new DumpLine(
                file,
                long.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                Convert.FromHexString(parts[1].Replace(" ", "", StringComparison.Ordinal)),
                i + 1);
        }
    }
}
