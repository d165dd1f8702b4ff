using BlockSnap.Cli;

namespace BlockSnap.Nbd.Tests.Serving;

public sealed class ServeCommandTests
{
    // The pool was closed under policies that were being run when the server failed.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhenEnded_OfAServerThatEnds_StopsThePoliciesAndWaitsForThem(bool fails)
    {
        var server = new TaskCompletionSource();
        var policies = new TaskCompletionSource();
        using var stop = new CancellationTokenSource();
        Task end = ServeCommand.WhenEndedAsync([server.Task, policies.Task], policies.Task, stop);
        Assert.False(stop.IsCancellationRequested);
        if (fails)
        {
            server.SetException(new IOException("the address is gone"));
        }
        else
        {
            server.SetResult();
        }

        Assert.True(stop.IsCancellationRequested);
        Assert.False(end.IsCompleted);
        policies.SetResult();
        Assert.Equal(fails ? "the address is gone" : null, (await Record.ExceptionAsync(() => end))?.Message);
    }
}
