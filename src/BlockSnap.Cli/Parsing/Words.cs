using System.Text.Json;

namespace BlockSnap.Cli;

/// <summary>The words that stand for the values of an enumeration, on the command line and in JSON.</summary>
internal static class Words
{
    /// <summary>SnapshotCreated is snapshot-created.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
