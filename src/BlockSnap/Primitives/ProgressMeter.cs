namespace BlockSnap.Primitives;

/// <summary>Tells how far long work has come, and how long it will still take. For one thread.</summary>
/// <param name="target">Who is told; null for nobody.</param>
/// <param name="time">The clock whose timestamps measure the pace.</param>
internal sealed class ProgressMeter(IProgress<WorkProgress>? target, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Tells it.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="total">Units in all, or 0 when not known.</param>
    public void Report(long done, long total) => target?.Report(new WorkProgress(done, total) { Remaining = Remaining(done, total) });

    /// <summary>The time left at the pace so far, or null when that is not known yet.</summary>
    public TimeSpan? Remaining(long done, long total) =>
        done <= 0 || total <= 0 ? null : time.GetElapsedTime(_started) * ((double)Math.Max(0, total - done) / done);
}
