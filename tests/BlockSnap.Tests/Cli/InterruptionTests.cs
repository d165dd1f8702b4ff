using System.Runtime.InteropServices;
using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

/// <summary>Which signals end a command in order, and which at once.</summary>
public sealed class InterruptionTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(PosixSignal.SIGINT, 20, true)] // timeout -s INT on busy cores
    [InlineData(PosixSignal.SIGINT, 150, false)] // it was taken for the first: who pressed Ctrl-C twice had to press it again
    [InlineData(PosixSignal.SIGTERM, 150, true)]
    [InlineData(PosixSignal.SIGTERM, 999, true)]
    [InlineData(PosixSignal.SIGTERM, 1000, false)]
    [InlineData(PosixSignal.SIGHUP, 999, true)]
    [InlineData(PosixSignal.SIGHUP, 1000, false)]
    public void OnSignal_OneMore_BelongsToTheFirstOnlyIfItComesAtOnce(PosixSignal signal, int milliseconds, bool livesOn)
    {
        using var interruption = new Interruption(_time);
        Assert.True(LivesOn(interruption, signal));
        Assert.True(interruption.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(livesOn, LivesOn(interruption, signal));
    }

    // Else a signal each 90 ms would never end it.
    [Fact]
    public void OnSignal_Several_AreComparedWithTheFirst()
    {
        using var interruption = new Interruption(_time);
        Assert.True(LivesOn(interruption, PosixSignal.SIGINT));
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.True(LivesOn(interruption, PosixSignal.SIGINT));
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.False(LivesOn(interruption, PosixSignal.SIGINT));
    }

    // Whoever stops the process first by the service manager and then loses patience at the keyboard.
    [Fact]
    public void OnSignal_CtrlCBehindATermination_EndsAtOnce()
    {
        using var interruption = new Interruption(_time);
        Assert.True(LivesOn(interruption, PosixSignal.SIGTERM));
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.True(LivesOn(interruption, PosixSignal.SIGHUP));
        Assert.False(LivesOn(interruption, PosixSignal.SIGINT));
    }

    private static bool LivesOn(Interruption interruption, PosixSignal signal)
    {
        var context = new PosixSignalContext(signal);
        interruption.OnSignal(context);
        return context.Cancel;
    }
}
