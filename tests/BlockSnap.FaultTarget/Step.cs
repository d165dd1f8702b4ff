namespace BlockSnap.FaultTarget;

/// <summary>Runs one step and writes its line.</summary>
internal static class Step
{
    public static void Run(string name, Action action)
    {
        try
        {
            action();
            Console.WriteLine($"ok {name}");
        }
        catch (Exception failure)
        {
            string code = (failure as BlockSnapException)?.Code ?? "-";
            Console.WriteLine($"failed {name} {failure.GetType().Name} {code} {failure.Message}");
        }
    }
}
