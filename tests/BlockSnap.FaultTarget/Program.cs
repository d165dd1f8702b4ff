using System.Globalization;

namespace BlockSnap.FaultTarget;

/// <summary>
/// The process that faults are done to from outside: killed, stopped, its system calls failed by strace. It writes one line for each
/// step, "ok STEP" once the library has acknowledged it or "failed STEP EXCEPTION CODE MESSAGE", and goes on after a failure, so that the test
/// sees what was promised and what came after. Exit code 0 says that it came to its end, whatever failed on the way.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        switch (args)
        {
            case ["device-flush", var directory, var count]:
                DeviceVerbs.Flush(directory, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["framework-flush", var directory, var count]:
                DeviceVerbs.FlushByFramework(directory, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["device-steps", var directory]:
                DeviceVerbs.Steps(directory);
                return 0;
            case ["device-create", var directory]:
                DeviceVerbs.Create(directory);
                return 0;
            case ["device-own", var directory]:
                DeviceVerbs.Own(directory);
                return 0;
            case ["pool-flush", var directory, var count]:
                PoolVerbs.Flush(directory, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["pool-kill", var directory, var seed, var count]:
                PoolVerbs.WriteUntilKilled(directory, int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            case ["pool-scarce", var directory]:
                ScarceVerbs.Work(directory);
                return 0;
            case ["pool-few-files", var first, var second, var spare]:
                ScarceVerbs.WorkWithFewFiles(first, second, int.Parse(spare, CultureInfo.InvariantCulture));
                return 0;
            case ["pool-race", var directory, var wins]:
                RaceVerbs.Race(directory, int.Parse(wins, CultureInfo.InvariantCulture));
                return 0;
            case ["pool-race-rounds", var directory]:
                RaceVerbs.RaceInRounds(directory);
                return 0;
            case ["pool-snapshot", var directory, var name]:
                PoolVerbs.Snapshot(directory, name);
                return 0;
            case ["pool-at-once", var directory, var count]:
                ScarceVerbs.WorkAtOnce(directory, int.Parse(count, CultureInfo.InvariantCulture));
                return 0;
            default:
                Console.Error.WriteLine(
                    "usage: device-flush DIR N | framework-flush DIR N | device-steps DIR | device-create DIR | device-own DIR | pool-flush DIR N | pool-kill DIR SEED N | pool-scarce DIR"
                    + " | pool-few-files DIR DIR N | pool-race DIR N | pool-race-rounds DIR | pool-snapshot DIR NAME | pool-at-once DIR N");
                return 2;
        }
    }
}
