using System.Text.Json.Serialization;

namespace BlockSnap.Cli;

/// <summary>Printed by <c>snapshot hold</c>, <c>release</c>, <c>lock</c>, <c>unlock</c> and <c>retention</c>: what keeps the snapshot now.</summary>
internal sealed record KeepResult(
    string Disk,
    string Snapshot,
    IReadOnlyList<string> Holds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LockedUntil,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? CoolOffUntil)
{
    /// <summary>End of its retention; left out when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Expires { get; init; }

    /// <param name="disk">The disk's name.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="now">The time: a cool-off that has ended by then is left out.</param>
    public static KeepResult Of(string disk, Snapshot snapshot, DateTimeOffset now) => new(
        disk,
        snapshot.Name,
        snapshot.Holds,
        snapshot.Lock is { } held ? TimeText.Exact(held.Until) : null,
        snapshot.Lock is { } cooling && cooling.CoolOffUntil > now ? TimeText.Exact(cooling.CoolOffUntil) : null)
    {
        Expires = snapshot.Expires is { } end ? TimeText.Exact(end) : null,
    };
}
