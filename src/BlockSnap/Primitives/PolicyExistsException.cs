namespace BlockSnap;

/// <summary>There is a policy of that name already.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class PolicyExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="policyName">The name.</param>
    public PolicyExistsException(string policyName)
        : base($"There is a policy '{policyName}' already. Choose another name, or delete that one first.")
    {
        PolicyName = policyName;
    }

    /// <inheritdoc/>
    public override string Code => "policy-exists";

    /// <summary>The name.</summary>
    public string PolicyName { get; }
}
