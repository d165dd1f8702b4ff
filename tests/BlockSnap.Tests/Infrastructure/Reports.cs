namespace BlockSnap.Tests.Infrastructure;

/// <summary>Calls a test with each progress, at once and on the thread that does the work.</summary>
internal sealed class Reports(Action<WorkProgress> each) : IProgress<WorkProgress>
{
    public void Report(WorkProgress value) => each(value);
}
