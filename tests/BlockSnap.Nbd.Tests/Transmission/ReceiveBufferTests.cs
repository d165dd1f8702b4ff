using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class ReceiveBufferTests
{
    [Fact]
    public void TryFill_TakesWhatIsThere_ButNoMoreThanAllowed()
    {
        using var stream = new ScriptedStream(() => new byte[5000]);
        using var buffer = new ReceiveBuffer(stream, 8192, [1, 2, 3]);
        Assert.True(buffer.TryFill(3));
        Assert.Equal(3, buffer.Available);
        Assert.True(buffer.TryFill(4, most: 10));
        Assert.Equal(10, buffer.Available);
        Assert.True(buffer.TryFill(11));
        Assert.True(buffer.Available > 4000);
        Assert.Equal([1, 2, 3, 0], buffer.Peek(4).ToArray());
    }

    [Fact]
    public void TryFill_AtTheBuffersEnd_KeepsWhatWasNotUsed()
    {
        byte next = 0;
        using var stream = new ScriptedStream(() => (byte[])[.. Enumerable.Repeat(++next, 1000)]);
        using var buffer = new ReceiveBuffer(stream, 1024, default);
        for (int i = 0; i < 10_000; i += 1000)
        {
            Assert.True(buffer.TryFill(1000));
            byte[] expected = [.. Enumerable.Range(i + 1, 1000).Select(at => (byte)((at + 999) / 1000))];
            Assert.Equal(expected[0], buffer.Peek(1)[0]);
            buffer.Consume(999);
            Assert.True(buffer.TryFill(1));
            Assert.Equal(expected[999], buffer.Peek(1)[0]);
            buffer.Consume(1);
        }
    }

    [Fact]
    public void TryFill_WhenTheClientIsGone_SaysSo()
    {
        using var stream = new ScriptedStream(() => default);
        using var buffer = new ReceiveBuffer(stream, 1024, [1]);
        Assert.False(buffer.TryFill(2));
    }
}
