using Microsoft.Extensions.Options;

namespace BlockSnap.Hosting;

/// <summary>Says all that is wrong with the options of a pool, before anything is opened.</summary>
internal sealed class BlockSnapOptionsValidator : IValidateOptions<BlockSnapOptions>
{
    public ValidateOptionsResult Validate(string? name, BlockSnapOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            failures.Add($"{Place(name)} needs a Directory.");
        }

        Collect(() => PoolSource.RunnerOptionsOf(options).Validate());
        Collect(() => options.Pool.Validate());
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Collect(Action check)
        {
            try
            {
                check();
            }
            catch (ArgumentException e)
            {
                failures.Add($"{Place(name)}: {e.Message}");
            }
        }
    }

    private static string Place(string? name) => string.IsNullOrEmpty(name) ? "The BlockSnap pool" : $"The BlockSnap pool '{name}'";
}
