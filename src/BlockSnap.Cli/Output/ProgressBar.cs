using Spectre.Console;

namespace BlockSnap.Cli;

/// <summary>A bar on standard error while long work goes on; gone afterwards.</summary>
internal static class ProgressBar
{
    public static Task<T> RunAsync<T>(CommandConsole console, string title, ProgressUnit unit, Func<IProgress<WorkProgress>?, Task<T>> work)
    {
        ProgressColumn[] columns = unit == ProgressUnit.Bytes
            ? [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new BytesColumn(), new RemainingTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        return TextConsole.OverError(console).Progress().AutoClear(true).Columns(columns).StartAsync(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(title));
            task.IsIndeterminate = true;
            return work(new Target(task));
        });
    }

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
