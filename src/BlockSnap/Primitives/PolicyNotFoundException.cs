namespace BlockSnap;

/// <summary>There is no policy of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PolicyNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="policyName">What was looked for.</param>
    public PolicyNotFoundException(string policyName)
        : base($"There is no policy '{policyName}'. List the policies of the pool to see their names.")
    {
        PolicyName = policyName;
    }

    /// <inheritdoc/>
    public override string Code => "policy-not-found";

    /// <summary>What was looked for.</summary>
    public string PolicyName { get; }
}
