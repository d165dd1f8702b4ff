using System.Runtime.InteropServices;

namespace BlockSnap.Primitives;

/// <summary>
/// Native memory in which one entry of the processor's address cache covers 2 MiB instead of 4 KiB, where the system gives such pages:
/// for what is read at random. Everywhere else it is ordinary memory.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>The size of a large page, and the alignment of all that is allocated.</summary>
    public const int Bytes = 2 << 20;

    private const int AdviseHugePages = 14; // MADV_HUGEPAGE, the same on every processor

    /// <summary>Allocates whole large pages. Free with <see cref="Free"/>.</summary>
    public static nint Allocate(int pages)
    {
        nuint bytes = (nuint)pages * Bytes;
        nint memory = (nint)NativeMemory.AlignedAlloc(bytes, Bytes);
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(memory, bytes, AdviseHugePages); // advice: refused, it is ordinary memory
        }

        return memory;
    }

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    public static void Free(nint memory) => NativeMemory.AlignedFree((void*)memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
