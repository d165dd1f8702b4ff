using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Nbd.Transmission;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class ReadPlacementTests
{
    private readonly SteppingTime _time = new();
    private readonly ReadPlacement _placement;

    public ReadPlacementTests() => _placement = new ReadPlacement(_time);

    [Fact]
    public void Reads_FromMemory_StayInPlace()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.False(_placement.TakeHandedOut());
            Observe(i % 3 == 0 ? 5 : 500); // never more than two slow ones in a row: a thread that lost its core
        }
    }

    [Fact]
    public void Reads_FromTheDevice_AreHandedOut_AndTriedInPlaceNowAndThen()
    {
        for (int i = 0; i < 10; i++)
        {
            for (int slow = 0; slow < 3; slow++)
            {
                Assert.False(_placement.TakeHandedOut());
                Observe(60);
            }

            for (int handedOut = 0; handedOut < 64; handedOut++)
            {
                Assert.True(_placement.TakeHandedOut());
            }
        }
    }

    private void Observe(int microseconds)
    {
        long start = _placement.Start();
        _time.Pass(microseconds);
        _placement.Observe(start);
    }
}
