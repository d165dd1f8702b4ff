namespace BlockSnap.Testing;

/// <summary>What of the unsynced changes survives a crash.</summary>
public enum CrashMode
{
    /// <summary>Nothing: power loss with all caches empty.</summary>
    Nothing,

    /// <summary>Everything: the process was killed, the system lives.</summary>
    Everything,

    /// <summary>Everything, but of the last write only the first sectors of 512 bytes.</summary>
    LastTorn,

    /// <summary>Everything, but of the last write only the first pages of 4,096 bytes.</summary>
    LastTornByPage,

    /// <summary>Everything but one change: the one whose number is the seed, modulo their count.</summary>
    OneDropped,

    /// <summary>Any changes: each whole, lost, or torn in sectors of 512 bytes, as the seed has it.</summary>
    Subset,

    /// <summary>No change whole: each lost, or cut behind so many bytes, which need not end a sector. Names as in <see cref="Subset"/>.</summary>
    AllCut,
}
