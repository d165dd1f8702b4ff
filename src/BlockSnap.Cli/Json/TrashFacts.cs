namespace BlockSnap.Cli;

/// <summary>A deleted snapshot that can be had back until it goes for good.</summary>
internal sealed record TrashFacts(string Id, string Name, long Size, string PurgeAfter)
{
    public static TrashFacts Of(Snapshot snapshot) => new(snapshot.Id.ToString(), snapshot.Name, snapshot.Size, TimeText.Exact(snapshot.PurgeAfter ?? default));
}
