namespace BlockSnap.Tests.Hostile;

/// <content>Damages a copy of the pool in one way, and judges it.</content>
internal sealed partial class HostileJudge
{
    /// <summary>A byte has another value.</summary>
    public void JudgeByte(string file, int at, byte changed) =>
        Judge(pool.With(file, bytes => bytes[at] = changed), pool.Anatomy[file, at], $"{file} byte {at} to {changed}");

    /// <summary>Bytes of a file are changed in place.</summary>
    public void JudgeEdit(string file, Action<byte[]> edit, string what)
    {
        byte[] bytes = [.. pool.Files[file]];
        edit(bytes);
        JudgeReplaced(file, bytes, what);
    }

    /// <summary>A file has other bytes, as many as there are.</summary>
    public void JudgeReplaced(string file, byte[] bytes, string what)
    {
        CrashableDevice device = pool.Copy();
        device.Edit(file, _ => bytes);
        Judge(device, WorstOf(file, bytes), what);
    }

    /// <summary>Two places have each other's bytes; nothing where a file ends before, or they are equal.</summary>
    public void JudgeSwap((string File, int At) left, (string File, int At) right, int length)
    {
        if (left.At + length > pool.Files[left.File].Length || right.At + length > pool.Files[right.File].Length)
        {
            return;
        }

        byte[] here = pool.Files[left.File].AsSpan(left.At, length).ToArray();
        byte[] there = pool.Files[right.File].AsSpan(right.At, length).ToArray();
        if (here.AsSpan().SequenceEqual(there))
        {
            return;
        }

        CrashableDevice device = pool.Copy();
        Region worst = Worse(Put(device, left, there), Put(device, right, here));
        Judge(device, worst, $"{left} and {right} swapped");
    }

    private Region Put(CrashableDevice device, (string File, int At) place, byte[] content)
    {
        Region worst = Region.Unused;
        device.Edit(place.File, bytes =>
        {
            content.CopyTo(bytes, place.At);
            worst = WorstOf(place.File, bytes);
            return bytes;
        });
        return worst;
    }
}
