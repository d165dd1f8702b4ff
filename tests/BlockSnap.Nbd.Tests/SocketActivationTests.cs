using System.Net.Sockets;
using System.Runtime.InteropServices;
using BlockSnap.Tests.Infrastructure;
using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Nbd.Tests;

public sealed class SocketActivationTests
{
    // A command around the freeze that went on after the server kept its address, and clients waited there for nobody.
    [Fact]
    public async Task TakeOver_OfADescriptor_KeepsItFromChildren()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are listed in /proc.");
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        int descriptor = Duplicate((int)listening.Handle);
        Assert.True(await IsInheritedAsync(descriptor)); // the control
        using Socket taken = SocketActivation.TakeOver(descriptor);
        Assert.False(await IsInheritedAsync(descriptor));
    }

    // The server did not start, and clients went on waiting at the addresses that it had taken.
    [Fact]
    public void TakeOver_WhereOneIsNoSocket_ClosesThoseBeforeItToo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are listed in /proc.");
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        const int First = 900; // a number that nothing else has, nor the next
        Assert.Equal(First, Duplicate((int)listening.Handle, First));
        Assert.Equal(First + 1, Duplicate((int)file.DangerousGetHandle(), First + 1));

        Assert.Throws<IOException>(() => SocketActivation.TakeOver(First, count: 2));

        Assert.All([First, First + 1], descriptor => Assert.False(Path.Exists($"/proc/self/fd/{descriptor}"), $"{descriptor} is open"));
    }

    private static async Task<bool> IsInheritedAsync(int descriptor) =>
        (await OutsideProgram.RunAsync("readlink", $"/proc/self/fd/{descriptor}")).Output.StartsWith("socket:", StringComparison.Ordinal);

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "dup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor, int number);
}
