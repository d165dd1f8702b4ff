using System.Text.Json;
using System.Text.Json.Serialization;

namespace BlockSnap.Throughput.Reports;

/// <summary>A report as one JSON document: times in seconds, sizes in bytes.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <exception cref="InvalidDataException">It is not what <see cref="Write{T}"/> writes.</exception>
    public static T Read<T>(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("It is null.");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException("The figures cannot be read: " + failure.Message, failure);
        }
    }

    public static string Write<T>(T report) => JsonSerializer.Serialize(report, Options);
}
