using System.Text.Json;
using System.Text.Json.Serialization;

namespace BlockSnap.Throughput.Reports;

/// <summary>The report as one JSON document: times in seconds, sizes in bytes.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Write(Report report) => JsonSerializer.Serialize(report, Options);
}
