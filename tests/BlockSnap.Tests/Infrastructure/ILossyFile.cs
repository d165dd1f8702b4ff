namespace BlockSnap.Tests.Infrastructure;

/// <summary>A file of which a failed flush can be told.</summary>
internal interface ILossyFile : IDeviceFile
{
    /// <summary>Forgets that what was written since the last flush must reach the medium: it stays readable, no later flush makes it durable.</summary>
    void LoseUnsynced();
}
