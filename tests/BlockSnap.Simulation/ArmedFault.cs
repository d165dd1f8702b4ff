namespace BlockSnap.Simulation;

/// <summary>A failure that waits for its call.</summary>
/// <param name="call">The calls that are counted.</param>
/// <param name="fault">How it fails.</param>
/// <param name="wait">The number of the call that fails, from 1.</param>
/// <param name="lasts">Whether all later ones fail too, until the pool is opened again.</param>
internal sealed class ArmedFault(DeviceCall call, DeviceFault fault, int wait, bool lasts)
{
    private static readonly (DeviceCall Call, DeviceFault Fault)[] s_kinds =
    [
        (DeviceCall.Read, DeviceFault.Error), (DeviceCall.Read, DeviceFault.FlippedBit), (DeviceCall.Write, DeviceFault.Error),
        (DeviceCall.Flush, DeviceFault.Error), (DeviceCall.FlushNames, DeviceFault.Error), (DeviceCall.Allocate, DeviceFault.NoSpace),
        (DeviceCall.Allocate, DeviceFault.Error), (DeviceCall.Write, DeviceFault.NoSpace), (DeviceCall.Open, DeviceFault.Error),
        (DeviceCall.Delete, DeviceFault.Error), (DeviceCall.SetLength, DeviceFault.Error),
    ];

    private int _wait = wait;

    public DeviceFault Fault => fault;

    public bool IsSpent => _wait <= 0 && !lasts;

    public static ArmedFault Of(Step step)
    {
        (DeviceCall call, DeviceFault fault) = s_kinds[step.Pick % s_kinds.Length];

        // What is read wrong again and again is damage, which may stay; here only what a second look mends.
        return new ArmedFault(call, fault, step.At, step.Length % 3 == 2 && fault != DeviceFault.FlippedBit);
    }

    /// <summary>Whether this call fails.</summary>
    public bool Meets(DeviceCall met) => met == call && --_wait <= 0 && (_wait == 0 || lasts);

    public override string ToString() => $"{call} {fault}{(lasts ? " for ever" : "")}";
}
