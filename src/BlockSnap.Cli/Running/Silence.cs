namespace BlockSnap.Cli;

/// <summary>Nothing is reported at the end, because everything was written while the command ran.</summary>
internal sealed class Silence : Outcome
{
    public override Task WriteTextAsync(CommandConsole console) => Task.CompletedTask;

    public override Task WriteJsonAsync(CommandConsole console) => Task.CompletedTask;
}
