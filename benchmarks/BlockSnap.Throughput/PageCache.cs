using Microsoft.Win32.SafeHandles;

namespace BlockSnap.Throughput;

/// <summary>Brings the page cache of files into the state that reads are measured in.</summary>
internal static class PageCache
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>
    /// Reads all of a pool's files, so that the page cache has them. Pages that it has already stay as the log wrote them: in large folios.
    /// </summary>
    public static void Fill(string directory)
    {
        IEnumerable<string> paths = System.IO.Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories);
        foreach (string path in paths.Where(path => Path.GetFileName(path) != "lock"))
        {
            try
            {
                using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                ReadAll(file);
            }
            catch (FileNotFoundException)
            {
                // A free file that the pool has deleted since.
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
