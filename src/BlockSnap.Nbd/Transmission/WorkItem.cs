using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <summary>A request for another thread.</summary>
/// <param name="Request">Judged already.</param>
/// <param name="IsDone">Whether it was executed and only has to become durable before the reply.</param>
internal readonly record struct WorkItem(RequestHeader Request, bool IsDone);
