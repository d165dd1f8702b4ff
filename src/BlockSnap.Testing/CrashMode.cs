namespace BlockSnap.Testing;

/// <summary>Which unsynced changes survive a crash.</summary>
public enum CrashMode
{
    /// <summary>None: the power failed, and no cache had been written back.</summary>
    Nothing,

    /// <summary>All: the process was killed, but the system goes on.</summary>
    Everything,

    /// <summary>All, but of the last write only its first sectors of 512 bytes. The seed decides how many.</summary>
    LastTorn,

    /// <summary>All, but of the last write only its first pages of 4,096 bytes. The seed decides how many.</summary>
    LastTornByPage,

    /// <summary>All but one: the change whose number is the seed modulo the count of changes.</summary>
    OneDropped,

    /// <summary>Any: each change is whole, lost, or torn in sectors of 512 bytes, as the seed decides.</summary>
    Subset,

    /// <summary>
    /// No change of contents survives whole: each is lost, or only its first bytes survive, as many as the seed decides, not only whole
    /// sectors. Changes of names survive or are lost as in <see cref="Subset"/>.
    /// </summary>
    AllCut,
}
