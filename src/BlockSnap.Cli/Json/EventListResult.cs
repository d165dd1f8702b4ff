namespace BlockSnap.Cli;

/// <summary>Printed by <c>events</c>, oldest first.</summary>
internal sealed record EventListResult(IReadOnlyList<EventFacts> Events);
