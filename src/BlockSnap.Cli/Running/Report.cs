using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>What a command found or did.</summary>
/// <param name="document">The JSON form.</param>
/// <param name="typeInfo">How to write it.</param>
/// <param name="text">Writes the form for people.</param>
internal sealed class Report<T>(T document, JsonTypeInfo<T> typeInfo, Action<IAnsiConsole> text) : Outcome
{
    public override async Task WriteTextAsync(CommandConsole console)
    {
        text(TextConsole.OverOutput(console));
        await console.Output.FlushAsync();
    }

    public override Task WriteJsonAsync(CommandConsole console) => JsonDocumentWriter.WriteAsync(document, typeInfo, console);
}
