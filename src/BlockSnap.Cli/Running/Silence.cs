namespace BlockSnap.Cli;

/// <summary>Nothing is told at the end: what there was to tell was told on the way.</summary>
internal sealed class Silence : Outcome
{
    public override Task WriteTextAsync(CommandConsole console) => Task.CompletedTask;

    public override Task WriteJsonAsync(CommandConsole console) => Task.CompletedTask;
}
