using System.Globalization;
using System.Text.Json;

namespace BlockSnap.Cli;

/// <summary>Words for values of enumerations, on the command line and in JSON, and for how many of something there are.</summary>
internal static class Words
{
    /// <summary>1 snapshot, 2 snapshots.</summary>
    public static string Count(long count, string one) => string.Create(CultureInfo.InvariantCulture, $"{count} {one}{(count == 1 ? "" : "s")}");

    /// <summary>SnapshotCreated is snapshot-created.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
