using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>A bar on standard error while long work goes on; gone afterwards.</summary>
internal static class ProgressBar
{
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

    // The title is what matters: on a narrow terminal the bar is shorter, and then the bytes go, or they would take the title's place.
    internal static ProgressColumn[] ColumnsOf(ProgressUnit unit, int width) => unit == ProgressUnit.Bytes && width >= BytesWidthMin
        ? [new TaskDescriptionColumn(), new ProgressBarColumn { Width = Math.Clamp(width - OthersWidth, 10, 40) }, new PercentageColumn(), new BytesColumn(), new RemainingTimeColumn()]
        : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];

    // Not Progress<T>: that posts to the pool of threads, and a late report would follow an early one.
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
