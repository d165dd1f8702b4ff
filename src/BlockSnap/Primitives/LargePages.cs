using System.Runtime.InteropServices;

namespace BlockSnap.Primitives;

/// <summary>
/// Native memory for what is read at random. Where the system gives large pages, one entry of the processor's address cache covers 2 MiB of
/// it instead of 4 KiB; everywhere else it is ordinary memory.
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
            _ = Advise(memory, bytes, AdviseHugePages); // only advice: when it is refused, this is ordinary memory
        }

        return memory;
    }

    /// <summary>Frees what <see cref="Allocate"/> gave.</summary>
    public static void Free(nint memory) => NativeMemory.AlignedFree((void*)memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
