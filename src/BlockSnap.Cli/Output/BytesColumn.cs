using Spectre.Console;
using Spectre.Console.Rendering;

namespace BlockSnap.Cli;

/// <summary>Bytes done, bytes in all, and bytes per second, in the units of all other output: "178 MiB of 768 MiB, 917.2 MiB/s".</summary>
internal sealed class BytesColumn : ProgressColumn
{
    protected override bool NoWrap => true;

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.IsIndeterminate ? "" : TextOf((long)task.Value, (long)task.MaxValue, task.Speed));

    internal static string TextOf(long done, long total, double? speed) =>
        $"{ByteText.Of(done)} of {ByteText.Of(total)}{(speed is { } rate ? $", {ByteText.Of((long)rate)}/s" : "")}";
}
