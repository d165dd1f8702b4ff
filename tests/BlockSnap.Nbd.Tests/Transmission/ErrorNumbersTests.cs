using System.Buffers.Binary;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Transmission;

public sealed class ErrorNumbersTests
{
    [Fact]
    public async Task Failures_OfTheDisk_AreToldByTheirNumbers()
    {
        (Exception Failure, NbdError Error)[] expected =
        [
            (new PoolFullException(), NbdError.NoSpace),
            (new PoolReadOnlyException("flush"), NbdError.NotPermitted),
            (new DiskNotFoundException("disk"), NbdError.Shutdown),
            (new ObjectDisposedException("disk"), NbdError.Shutdown),
            (new OutOfMemoryException(), NbdError.NoMemory),
            (new PoolFaultedException(new IOException()), NbdError.InputOutput),
            (new InvalidOperationException(), NbdError.InputOutput),
        ];
        await using ServingPool served = await ServingPool.StartAsync();
        foreach ((Exception failure, NbdError error) in expected)
        {
            var script = new Queue<byte[]>([ScriptedSession.Request(CommandType.Flush)]);
            var told = new List<byte>();
            ScriptedSession.Run(
                served.Pool,
                () => script.TryDequeue(out byte[]? bytes) ? bytes : default,
                flushed: () => throw failure,
                sent: bytes => told.AddRange(bytes.Span));
            ReadOnlySpan<byte> reply = [.. told];
            Assert.Equal(Magic.StructuredReply, BinaryPrimitives.ReadUInt32BigEndian(reply));
            Assert.Equal((ushort)ChunkType.Error, BinaryPrimitives.ReadUInt16BigEndian(reply[6..]));
            Assert.Equal(error, (NbdError)BinaryPrimitives.ReadUInt32BigEndian(reply[20..]));
        }
    }
}
