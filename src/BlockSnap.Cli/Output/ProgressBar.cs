using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>A bar on standard error while long work goes on; it disappears afterwards.</summary>
internal static class ProgressBar
{
    // The narrowest terminal on which bytes are shown, and the room that all columns but the bar take then.
    private const int BytesWidthMin = 80;
    private const int OthersWidth = 70;

    public static Task<T> RunAsync<T>(CommandConsole console, string title, ProgressUnit unit, Func<IProgress<WorkProgress>?, Task<T>> work)
    {
        IAnsiConsole text = TextConsole.OverError(console);
        return text.Progress().AutoClear(true).Columns(ColumnsOf(unit, text.Profile.Width)).StartAsync(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title));
            task.IsIndeterminate = true;
            return work(new Target(task));
        });
    }

    // The title matters most: on a narrow terminal first the bar gets shorter, then the bytes are left out, or there would be no room for it.
    internal static ProgressColumn[] ColumnsOf(ProgressUnit unit, int width)
    {
        if (unit != ProgressUnit.Bytes || width < BytesWidthMin)
        {
            return [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        }

        var bar = new ProgressBarColumn { Width = Math.Clamp(width - OthersWidth, 10, 40) };
        return [new TaskDescriptionColumn(), bar, new PercentageColumn(), new BytesColumn(), new RemainingTimeColumn()];
    }

    // Not Progress<T>, which posts to the thread pool, where reports may overtake each other.
    private sealed class Target(ProgressTask task) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            task.IsIndeterminate = value.Total <= 0;
            task.MaxValue = Math.Max(1, value.Total <= 0 ? value.Done : value.Total);
            task.Value = value.Done;
        }
    }
}
