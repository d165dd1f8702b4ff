using System.Diagnostics;
using System.Net.Sockets;
using BlockSnap.Nbd.Protocol;
using BlockSnap.Nbd.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.Fuzz;

/// <summary>
/// Whole sessions, recorded from a client that behaves, with bytes changed, cut out, doubled and cut off. The server must answer or drop
/// each, have no error of its own, keep nothing of them, and serve others meanwhile. NBD_FUZZ_SESSIONS sets their number, NBD_FUZZ_SEED
/// the first seed.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class SessionFuzzTests(ITestOutputHelper output)
{
    private static readonly int s_sessions = int.Parse(Environment.GetEnvironmentVariable("NBD_FUZZ_SESSIONS") ?? "3000");
    private static readonly int s_seed = int.Parse(Environment.GetEnvironmentVariable("NBD_FUZZ_SEED") ?? "1");

    [Fact]
    public async Task Sessions_Mutated_HarmNobodyAndLeaveNothing()
    {
        await using ServingPool served = await ServingPool.StartAsync(size: 4 << 20);
        await using (IDisk disk = served.Pool.OpenDisk("disk"))
        {
            await disk.Chain.CreateAsync("one");
        }

        await using IDisk other = await served.Pool.CreateDiskAsync("other", 1 << 20);
        using NbdClient good = served.Connect().Go("other");
        byte[] data = [.. Enumerable.Repeat((byte)3, 4096)];
        good.Do(CommandType.Write, 0, 4096, CommandFlags.Fua, data);
        Run(served, good, data, s_sessions / 10, s_seed + 1_000_000); // buffers and pools are filled
        (long memory, int threads, int sockets) before = await SettleAsync(served, 1);
        Run(served, good, data, s_sessions, s_seed);
        (long memory, int threads, int sockets) after = await SettleAsync(served, 1);
        output.WriteLine($"{s_sessions} sessions; memory {before.memory >> 10} to {after.memory >> 10} KiB, threads {before.threads} to {after.threads}, sockets {before.sockets} to {after.sockets}");
        Assert.True(after.memory < before.memory + (8 << 20), $"memory grew from {before.memory} to {after.memory}");
        Assert.InRange(after.threads, 0, before.threads + 8); // the pool of threads breathes
        Assert.InRange(after.sockets, 0, before.sockets + 2);
        Assert.True((await served.Pool.CheckAsync(verifyData: true)).Ok);
    }

    private static void Run(ServingPool served, NbdClient good, byte[] data, int sessions, int seed)
    {
        for (int i = 0; i < sessions; i++)
        {
            var random = new Random(seed + i);
            Play(served, Mutate(Record(random), random), slowly: i % 50 == 0);
            if (i % 100 == 0)
            {
                Assert.Equal(data, good.Do(CommandType.Read, 0, 4096).Data);
            }
        }
    }

    // What a client says in a session, without waiting for answers: the server does not know that.
    private static List<byte[]> Record(Random random)
    {
        string export = random.Next(3) == 0 ? "disk@one" : "disk";
        List<byte[]> said = [NbdClient.Big(3u)];
        void Option(OptionCode code, params byte[] payload) => said.Add([.. NbdClient.Big(Magic.Option), .. NbdClient.Big((uint)code), .. NbdClient.Big((uint)payload.Length), .. payload]);
        if (random.Next(5) > 0)
        {
            Option(OptionCode.StructuredReply);
            Option(random.Next(2) == 0 ? OptionCode.SetMetaContext : OptionCode.ListMetaContext, [.. NbdClient.Text(export), .. NbdClient.Big(2u), .. NbdClient.Text("base:allocation"), .. NbdClient.Text("blocksnap:changed:one")]);
        }

        Option((OptionCode)random.Next(12), [.. NbdClient.Text(export), 0, 0]);
        Option(OptionCode.Info, [.. NbdClient.Text(export), 0, 2, 0, 1, 0, 3]);
        Option(OptionCode.Go, [.. NbdClient.Text(export), 0, 0]);
        for (int i = random.Next(20); i > 0; i--)
        {
            var type = (CommandType)random.Next(9);
            uint length = random.Next(4) == 0 ? (uint)random.Next(300_000) : (uint)random.Next(9000);
            var flags = (CommandFlags)(random.Next(3) == 0 ? random.Next(32) : 0);
            byte[] payload = type == CommandType.Write ? new byte[length] : [];
            random.NextBytes(payload);
            said.Add([.. NbdClient.Big(Magic.Request), .. NbdClient.Big((ushort)flags), .. NbdClient.Big((ushort)type), .. NbdClient.Big((ulong)i), .. NbdClient.Big((ulong)random.Next(4 << 20)), .. NbdClient.Big(length), .. payload]);
        }

        return said;
    }

    private static byte[] Mutate(List<byte[]> said, Random random)
    {
        for (int i = random.Next(4); i > 0; i--)
        {
            int at = random.Next(said.Count);
            byte[] part = said[at];
            switch (random.Next(6))
            {
                case 0 when part.Length > 0:
                    part[random.Next(part.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when part.Length > 0:
                    part[random.Next(Math.Min(28, part.Length))] = (byte)random.Next(256);
                    break;
                case 2:
                    said.RemoveAt(at);
                    break;
                case 3:
                    said.Insert(at, part);
                    break;
                case 4:
                    said[at] = part[..random.Next(part.Length + 1)];
                    break;
                default:
                    (said[at], said[random.Next(said.Count)]) = (said[random.Next(said.Count)], part);
                    break;
            }

            if (said.Count == 0)
            {
                return [];
            }
        }

        byte[] all = [.. said.SelectMany(part => part)];
        return random.Next(3) == 0 ? all[..random.Next(all.Length + 1)] : all;
    }

    private static void Play(ServingPool served, byte[] said, bool slowly)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(served.EndPoint);
        socket.ReceiveTimeout = NbdClient.LimitMilliseconds;
        socket.Blocking = false;
        byte[] sink = new byte[1 << 16];
        try
        {
            for (int at = 0; at < said.Length;)
            {
                int count = Math.Min(slowly ? 7 : 8000, said.Length - at);
                int sent = socket.Send(said.AsSpan(at, count), SocketFlags.None, out SocketError refused);
                at += refused == SocketError.Success ? sent : 0;
                if (refused is not (SocketError.Success or SocketError.WouldBlock))
                {
                    return;
                }

                // The server is right not to take more from a client that does not read.
                while (socket.Poll(refused == SocketError.WouldBlock ? 10_000 : 0, SelectMode.SelectRead))
                {
                    refused = SocketError.Success;
                    if (socket.Receive(sink) == 0)
                    {
                        return;
                    }
                }
            }

            socket.Blocking = true;

            // Some leave without a word, some hear it to the end.
            if (said.Length % 2 == 0)
            {
                socket.Shutdown(SocketShutdown.Send);
                while (socket.Receive(sink) > 0)
                {
                }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // Dropped.
        }
    }

    private static async Task<(long Memory, int Threads, int Sockets)> SettleAsync(ServingPool served, int connections)
    {
        while (served.Server.ConnectionCount > connections)
        {
            await Task.Delay(10);
        }

        using var process = Process.GetCurrentProcess();
        return (GC.GetTotalMemory(forceFullCollection: true), process.Threads.Count, CountSockets());
    }

    // Not the pool's segment files, of which there are more as it is written to.
    private static int CountSockets() => Directory.Exists("/proc/self/fd")
        ? Directory.GetFiles("/proc/self/fd").Count(file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
        : 0;
}
