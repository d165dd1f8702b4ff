using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>The state before a rollback. The end of its retention is left out when there is none.</summary>
internal sealed record UndoPointFacts(
    string Id, string Name, string Created, long Size, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Expires)
{
    public static UndoPointFacts Of(Snapshot point) =>
        new(point.Id.ToString(), point.Name, TimeText.Exact(point.Created), point.Size, point.Expires is { } end ? TimeText.Exact(end) : null);
}
