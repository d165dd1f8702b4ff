using System.Reflection;

namespace BlockSnap.Tests.Testing;

/// <summary>The shipped contracts: none of their rules is forgotten, and an implementation with a bug breaks one.</summary>
public sealed class ContractTests
{
    public static TheoryData<string> DeviceBugs => [.. BrokenDevice.Bugs];

    public static TheoryData<string> StoreBugs => [.. BrokenStore.Bugs];

    [Fact]
    public void Rules_AreAllThatThereAre_EachUnderItsName()
    {
        Assert.Equal(RulesIn(typeof(StorageDeviceContract)), StorageDeviceContract.Rules.Select(rule => rule.ToString()).Order());
        Assert.Equal(RulesIn(typeof(BlockStoreContract)), BlockStoreContract.Rules.Select(rule => rule.ToString()).Order());
    }

    [Theory]
    [MemberData(nameof(DeviceBugs))]
    public void DeviceWithABug_BreaksARule(string bug) => AssertBroken(StorageDeviceContract.Rules, () => new BrokenDevice(new MemoryDevice(), bug));

    [Theory]
    [MemberData(nameof(StoreBugs))]
    public void StoreWithABug_BreaksARule(string bug) => AssertBroken(BlockStoreContract.Rules, () => new BlockStoreSubject(new BrokenStore(new MemoryBlockStore(), bug), static store =>
    {
        ((MemoryBlockStore)((BrokenStore)store).Inner).Crash();
        return store;
    }));

    [Fact]
    public void BrokenRule_IsNamed_WithWhatWasFound()
    {
        ContractRule<IStorageDevice> rule = StorageDeviceContract.Rules.Single(each => each.Name == "List_SomeFiles_IsSortedByOrdinalAndOmitsTheLock");
        ContractException broken = Assert.Throws<ContractException>(() => rule.Check(new BrokenDevice(new MemoryDevice(), "list unsorted")));
        Assert.Equal(rule.Name, broken.Rule);
        Assert.Contains("is b a.1 a-2 C, expected was C a-2 a.1 b", broken.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> RulesIn(Type contract) =>
        contract.GetMethods(BindingFlags.NonPublic | BindingFlags.Static).Select(method => method.Name).Where(name => name.Contains('_', StringComparison.Ordinal) && !name.Contains('<', StringComparison.Ordinal)).Order();

    private static void AssertBroken<T>(IReadOnlyList<ContractRule<T>> rules, Func<T> make)
        where T : IDisposable
    {
        int broken = 0;
        foreach (ContractRule<T> rule in rules)
        {
            using T subject = make();
            try
            {
                rule.Check(subject);
            }
            catch (ContractException)
            {
                broken++;
            }
        }

        Assert.InRange(broken, 1, rules.Count - 1);
    }
}
