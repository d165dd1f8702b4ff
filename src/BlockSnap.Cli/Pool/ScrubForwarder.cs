namespace BlockSnap.Cli;

/// <summary>Reports a scrub's progress like that of any other long work.</summary>
internal sealed class ScrubForwarder(IProgress<WorkProgress> target) : IProgress<ScrubProgress>
{
    public void Report(ScrubProgress value) => target.Report(new WorkProgress(value.DoneBytes, value.TotalBytes));
}
