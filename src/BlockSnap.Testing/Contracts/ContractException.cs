namespace BlockSnap.Testing;

/// <summary>An implementation breaks a rule of its contract.</summary>
/// <param name="rule">The name of the rule.</param>
/// <param name="cause">Tells what was found instead, or is the exception that should not have been thrown.</param>
public sealed class ContractException(string rule, Exception cause) : Exception($"{rule}: {cause.Message}", cause)
{
    /// <summary>The name of the rule.</summary>
    public string Rule { get; } = rule;
}
