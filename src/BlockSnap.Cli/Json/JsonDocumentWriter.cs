using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace BlockSnap.Cli;

/// <summary>Writes the one JSON document of a run, in pieces: the diff of a big disk has millions of extents.</summary>
internal static class JsonDocumentWriter
{
    private static readonly byte[] s_lineFeed = [(byte)'\n'];

    public static async Task WriteAsync<T>(T document, JsonTypeInfo<T> typeInfo, CommandConsole console)
    {
        Stream output = console.OpenOutput();
        await JsonSerializer.SerializeAsync(output, document, typeInfo);
        await output.WriteAsync(s_lineFeed);
        await output.FlushAsync();
    }
}
