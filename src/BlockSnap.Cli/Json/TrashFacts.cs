namespace BlockSnap.Cli;

/// <summary>A deleted snapshot that can be brought back until it is deleted for good.</summary>
internal sealed record TrashFacts(string Id, string Name, long Size, string PurgeAfter)
{
    public static TrashFacts Of(Snapshot snapshot) =>
        new(snapshot.Id.ToString(), snapshot.Name, snapshot.Size, TimeText.Exact(snapshot.PurgeAfter ?? default));
}
