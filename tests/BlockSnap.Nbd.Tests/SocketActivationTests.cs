using System.Net.Sockets;
using System.Runtime.InteropServices;
using BlockSnap.Tests.Infrastructure;

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

    private static async Task<bool> IsInheritedAsync(int descriptor) =>
        (await OutsideProgram.RunAsync("readlink", $"/proc/self/fd/{descriptor}")).Output.StartsWith("socket:", StringComparison.Ordinal);

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Duplicate(int descriptor);
}
