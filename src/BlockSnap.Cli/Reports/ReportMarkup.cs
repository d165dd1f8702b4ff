using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace BlockSnap.Cli;

/// <summary>
/// Elements of the report. They are a tree, not strings put together, so whatever a name contains stays text. Well-formed as XML too.
/// </summary>
internal static class ReportMarkup
{
    private static readonly XNamespace s_html = "http://www.w3.org/1999/xhtml";
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>An HTML element; strings among the content become text, pairs become attributes.</summary>
    public static XElement Html(string name, params object?[] content) => new(s_html + name, content.Select(Clean));

    /// <summary>An SVG element.</summary>
    public static XElement Svg(string name, params object?[] content) => new(s_svg + name, content.Select(Clean));

    public static XAttribute Set(string name, string value) => new(name, Printable(value));

    public static XAttribute Set(string name, double value) => new(name, value.ToString("0.##", CultureInfo.InvariantCulture));

    /// <summary>A drawing of some width and height that scales, with a title that a screen reader says.</summary>
    public static XElement Drawing(double width, double height, string title, params object?[] content) => Svg(
        "svg",
        Set("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width:0.##} {height:0.##}")),
        Set("role", "img"),
        Set("aria-label", title),
        Svg("title", title),
        content);

    // Replaces the characters that XML allows in no document, not even escaped.
    private static string Printable(string text) => string.Concat(text.EnumerateRunes().Select(rune =>
        rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString()));

    private static object? Clean(object? content) => content switch
    {
        string text => new XText(Printable(text)),
        object?[] several => several.Select(Clean),
        _ => content,
    };
}
