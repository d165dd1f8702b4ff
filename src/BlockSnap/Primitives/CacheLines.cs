using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace BlockSnap.Primitives;

/// <summary>Lines of the processor's caches.</summary>
internal static class CacheLines
{
    private const int Bytes = 64;

    // The processor fetches what lies further on by itself, once the first of it is read.
    private const int FetchMax = 4096;

    /// <summary>
    /// Asks the processor to bring the first bytes of something that will be read soon into its second-level cache. A hint: it reads nothing,
    /// and does nothing on processors for which the framework cannot give it.
    /// </summary>
    public static unsafe void Fetch(ReadOnlySpan<byte> soon)
    {
        if (Sse.IsSupported)
        {
            fixed (byte* start = &MemoryMarshal.GetReference(soon))
            {
                for (int at = 0; at < Math.Min(soon.Length, FetchMax); at += Bytes)
                {
                    Sse.Prefetch1(start + at);
                }
            }
        }
    }
}
