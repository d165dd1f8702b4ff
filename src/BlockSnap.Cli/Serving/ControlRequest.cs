using System.Globalization;
using System.Web;

namespace BlockSnap.Cli;

/// <summary>A command line and where it was typed, as the query of a request.</summary>
/// <param name="Words">The words, POOL included.</param>
/// <param name="Folder">The working directory, which relative paths count from.</param>
/// <param name="OutputIsTerminal">Whether standard output is one.</param>
/// <param name="ErrorIsTerminal">Whether standard error is one.</param>
/// <param name="Colors">Whether terminals get colours.</param>
/// <param name="Width">Columns of the terminal.</param>
internal sealed record ControlRequest(IReadOnlyList<string> Words, string Folder, bool OutputIsTerminal, bool ErrorIsTerminal, bool Colors, int Width)
{
    public const string Path = "/run";

    public string ToQuery()
    {
        var query = HttpUtility.ParseQueryString("");
        foreach (string word in Words)
        {
            query.Add("word", word);
        }

        query.Add("folder", Folder);
        query.Add("out", OutputIsTerminal ? "1" : "0");
        query.Add("err", ErrorIsTerminal ? "1" : "0");
        query.Add("colors", Colors ? "1" : "0");
        query.Add("width", Width.ToString(CultureInfo.InvariantCulture));
        return "?" + query;
    }

    public static ControlRequest FromQuery(string query)
    {
        var values = HttpUtility.ParseQueryString(query);
        return new ControlRequest(
            values.GetValues("word") ?? [],
            values["folder"] ?? "/",
            values["out"] == "1",
            values["err"] == "1",
            values["colors"] == "1",
            int.TryParse(values["width"], CultureInfo.InvariantCulture, out int width) ? width : 80);
    }
}
