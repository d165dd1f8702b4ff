// Serves a disk of a pool from an application of one's own, and takes a snapshot whenever Enter is pressed.
//   dotnet run -c Release --project samples/NbdServer -- /tmp/pool /tmp/vm.sock
//   qemu-img info 'nbd+unix:///vm?socket=/tmp/vm.sock'
using System.Net.Sockets;
using BlockSnap;
using BlockSnap.Nbd;

if (args is not [var directory, var socket])
{
    Console.Error.WriteLine("Usage: NbdServer POOL SOCKET");
    return 2;
}

await using DiskPool pool = await DiskPool.OpenOrCreateAsync(directory);
await using IDisk disk = pool.ListDisks().Any(found => found.Name == "vm") ? pool.OpenDisk("vm") : await pool.CreateDiskAsync("vm", 10L << 30);
await using NbdServer server = NbdServer.Start(pool, new NbdServerOptions
{
    EndPoints = [new UnixDomainSocketEndPoint(socket)],
    Faults = new Progress<Exception>(Console.Error.WriteLine),
});
Console.WriteLine($"Serving nbd+unix:///vm?socket={socket}: Enter takes a snapshot, end of input stops.");
while (await Console.In.ReadLineAsync() is not null)
{
    Snapshot snapshot = await disk.Chain.CreateAsync($"manual-{disk.Chain.Snapshots.Count + 1}");
    Console.WriteLine($"nbd+unix:///vm@{snapshot.Name}?socket={socket}, {server.ConnectionCount} connections");
}

return 0;
