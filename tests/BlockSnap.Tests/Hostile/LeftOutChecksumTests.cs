using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Hostile;

/// <summary>The control of the sweeps: a checksum left out of the compiled library is noticed within a stated number of damages.</summary>
public sealed class LeftOutChecksumTests(ITestOutputHelper output)
{
    private const int TriesMax = 2000;

    private static readonly byte[] s_library = File.ReadAllBytes(CallSites.LibraryPath);

    [Fact]
    public void NoneLeftOut_NothingIsFound()
    {
        (int tried, string violation) = DamageHunt.Run(TriesMax);
        Assert.Equal("", violation);
        output.WriteLine($"{tried} damages, all noticed");
    }

    [Theory]
    [InlineData("BatchHeader.Checksum -> BlockChecksum.Compute 1")]
    [InlineData("TablePage.Checksum -> BlockChecksum.Compute 1")]
    public void LeftOut_IsFoundWithinTheStatedDamages(string name)
    {
        CallSite site = CallSites.Find(s_library, (method, _) => name.StartsWith($"{method} -> ", StringComparison.Ordinal)).Single(found => found.Name == name);
        Type hunt = new MutantContext(CallSites.Without(s_library, site)).Tests.GetType(typeof(DamageHunt).FullName!)!;
        (int tried, string violation) = ((int, string))hunt.GetMethod(nameof(DamageHunt.Run))!.Invoke(null, [TriesMax])!;
        Assert.True(violation.Length > 0, $"{tried} damages did not show that {name} is missing");
        output.WriteLine($"{name}: damage {tried}: {violation.Split('\n')[0]}");
    }
}
