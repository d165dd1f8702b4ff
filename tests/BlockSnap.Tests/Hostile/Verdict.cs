namespace BlockSnap.Tests.Hostile;

/// <summary>What a pool with changed files did.</summary>
internal enum Verdict
{
    /// <summary>Opening was refused with a typed error.</summary>
    Refused,

    /// <summary>It opened; something could not be read, with a typed error; all else was exact.</summary>
    ReadError,

    /// <summary>All was exact, and the check reported the damage.</summary>
    Reported,

    /// <summary>All was exact, the check found nothing, since it goes by the maps, and the scrub reported the damage.</summary>
    Scrubbed,

    /// <summary>All was exact, and opening wrote the damaged bytes again from their copy.</summary>
    Repaired,

    /// <summary>All was exact and nothing was noticed.</summary>
    Unseen,
}
