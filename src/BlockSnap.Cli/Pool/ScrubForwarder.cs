namespace BlockSnap.Cli;

/// <summary>A scrub's progress as that of any long work.</summary>
internal sealed class ScrubForwarder(IProgress<WorkProgress> target) : IProgress<ScrubProgress>
{
    public void Report(ScrubProgress value) => target.Report(new WorkProgress(value.DoneBytes, value.TotalBytes));
}
