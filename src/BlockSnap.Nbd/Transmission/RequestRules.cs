using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Transmission;

/// <summary>The one place where requests are judged. One that passes is allowed and lies inside the disk; nobody has to check it again.</summary>
internal static class RequestRules
{
    /// <summary>Looks at a request's type, flags, range and length.</summary>
    /// <param name="size">The disk's size now, in bytes.</param>
    /// <param name="hasContexts">Whether metadata contexts were selected.</param>
    /// <returns>The error to answer with, or none.</returns>
    public static NbdError Check(in RequestHeader request, long size, bool isReadOnly, bool structured, bool hasContexts)
    {
        CommandFlags allowed = FlagsOf(request.Type, structured, isReadOnly);
        switch (request.Type)
        {
            case CommandType.Disconnect:
                return NbdError.None;
            case CommandType.Flush:
                return (request.Flags & ~allowed) == 0 && request is { Offset: 0, Length: 0 } ? NbdError.None : NbdError.Invalid;
            case CommandType.Read or CommandType.Cache:
                break;
            case CommandType.BlockStatus when hasContexts:
                break;
            case CommandType.Write or CommandType.Trim or CommandType.WriteZeroes when isReadOnly:
                return NbdError.NotPermitted;
            case CommandType.Write or CommandType.Trim or CommandType.WriteZeroes:
                break;
            default:
                return NbdError.Invalid;
        }

        if ((request.Flags & ~allowed) != 0 || request.Length == 0)
        {
            return NbdError.Invalid;
        }

        if (request.Type is CommandType.Read or CommandType.Write && request.Length > Export.RequestBytesMax)
        {
            return NbdError.Invalid;
        }

        bool isInside = request.Offset <= (ulong)size && request.Length <= (ulong)size - request.Offset;
        return isInside ? NbdError.None : request.Type is CommandType.Write or CommandType.WriteZeroes ? NbdError.NoSpace : NbdError.Invalid;
    }

    // FUA is accepted everywhere once it was offered, as the specification demands.
    private static CommandFlags FlagsOf(CommandType type, bool structured, bool isReadOnly) =>
        (isReadOnly ? CommandFlags.None : CommandFlags.Fua) | type switch
        {
            CommandType.Read when structured => CommandFlags.DontFragment,
            CommandType.WriteZeroes => CommandFlags.NoHole | CommandFlags.FastZero,
            CommandType.BlockStatus => CommandFlags.RequestOne,
            _ => CommandFlags.None,
        };
}
