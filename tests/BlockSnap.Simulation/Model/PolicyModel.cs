namespace BlockSnap.Simulation;

/// <summary>The model of a policy; each is due at every hour.</summary>
internal sealed record PolicyModel(int? RetentionDays, bool SkipUnused);
