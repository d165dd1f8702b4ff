using System.Buffers.Binary;
using System.Reflection.Emit;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Reads the code of compiled methods.</summary>
internal static class MethodCode
{
    private const byte Prefix = 0xFE;

    private static readonly Dictionary<int, OpCode> s_opCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value & 0xFFFF);

    /// <summary>Offsets and tokens of the calls in a method's code; of the methods too of which only a delegate is made, if asked for.</summary>
    public static IEnumerable<(int Offset, int Token)> Calls(byte[] code, bool orDelegates = false)
    {
        for (int at = 0; at < code.Length;)
        {
            int start = at;
            OpCode op = code[at] == Prefix ? s_opCodes[(Prefix << 8) | code[at + 1]] : s_opCodes[code[at]];
            at += op.Size;
            if (op == OpCodes.Call || op == OpCodes.Callvirt || (orDelegates && (op == OpCodes.Ldftn || op == OpCodes.Ldvirtftn)))
            {
                yield return (start, BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at)));
            }

            at += op.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at))),
                _ => 4,
            };
        }
    }
}
