namespace BlockSnap.Testing;

/// <summary>A write or a change of length that no flush covers yet. Immutable.</summary>
/// <param name="Clock">A number that grows with every change of the device, so that the last change is known.</param>
/// <param name="Offset">Where the write begins; for a change of length, the new length.</param>
/// <param name="Bytes">What was written; empty for a change of length.</param>
/// <param name="IsLength">Whether it is a change of length.</param>
internal sealed record UnsyncedChange(long Clock, long Offset, byte[] Bytes, bool IsLength)
{
    private const int SectorBytes = 512;

    public int Sectors => Math.Max(1, (Bytes.Length + SectorBytes - 1) / SectorBytes);

    public void ApplyTo(SharedBytes file)
    {
        if (IsLength)
        {
            file.Resize((int)Offset);
        }
        else
        {
            file.Write((int)Offset, Bytes);
        }
    }

    /// <summary>Applies the sectors that survive.</summary>
    public void ApplyTo(SharedBytes file, Func<int, bool> survives)
    {
        if (IsLength)
        {
            if (survives(0))
            {
                ApplyTo(file);
            }

            return;
        }

        for (int sector = 0; sector * SectorBytes < Bytes.Length; sector++)
        {
            if (survives(sector))
            {
                int at = sector * SectorBytes;
                file.Write((int)Offset + at, Bytes.AsSpan(at, Math.Min(SectorBytes, Bytes.Length - at)));
            }
        }
    }
}
