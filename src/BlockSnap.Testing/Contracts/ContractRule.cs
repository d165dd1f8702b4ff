namespace BlockSnap.Testing;

/// <summary>One rule of a contract, which an implementation keeps or breaks. Immutable.</summary>
/// <typeparam name="T">What the contract is about.</typeparam>
public sealed class ContractRule<T>
{
    private readonly Action<T> _check;

    internal ContractRule(string name, Action<T> check)
    {
        Name = name;
        _check = check;
    }

    /// <summary>What is done and what must result; no other rule of the contract has this name.</summary>
    public string Name { get; }

    /// <summary>Tries an implementation.</summary>
    /// <param name="subject">A new and empty one for each rule. The rule changes it and may dispose it; it remains the caller's.</param>
    /// <exception cref="ContractException">The implementation breaks the rule.</exception>
    public void Check(T subject)
    {
        try
        {
            _check(subject);
        }
        catch (Exception e)
        {
            throw new ContractException(Name, e);
        }
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
