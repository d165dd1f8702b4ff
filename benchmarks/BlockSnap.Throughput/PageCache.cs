using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Throughput;

/// <summary>Brings the page cache of files into the state that reads are measured in.</summary>
internal static class PageCache
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Reads what of a pool's files is not in the page cache. What its log wrote stays there as it was written: in large folios.</summary>
    public static void Fill(string directory)
    {
        foreach (string path in System.IO.Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock"))
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                ReadAll(file);
            }
            catch (FileNotFoundException)
            {
                // a free one that the pool has given back since
            }
        }
    }

    /// <summary>Drops one large file from the page cache and reads it front to back, as <see cref="PageCacheState.ReadThrough"/>.</summary>
    public static void ReadThrough(SafeFileHandle file)
    {
        Libc.DataSync(file); // Dirty pages cannot be dropped.
        Libc.DropCache(file);
        ReadAll(file);
    }

    private static void ReadAll(SafeFileHandle file)
    {
        byte[] buffer = new byte[ChunkBytes];
        int read;
        for (long offset = 0; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
        {
        }
    }
}
