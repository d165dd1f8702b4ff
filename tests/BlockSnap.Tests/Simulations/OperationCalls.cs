using System.Reflection;
using System.Runtime.CompilerServices;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Simulations;

/// <summary>Says which members of the library an operation calls: read from the compiled code of its delegates, so that nothing has to be declared.</summary>
internal sealed class OperationCalls
{
    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Assembly s_library = typeof(DiskPool).Assembly;
    private readonly Dictionary<MethodBase, HashSet<string>> _known = [];

    /// <summary>What is called, as "Type.Method" without its overload.</summary>
    public HashSet<string> Of(CrashOperation operation)
    {
        var found = new HashSet<string>();
        AddDelegate(operation.Do, found, []);
        return found;
    }

    /// <summary>What any method of a type calls.</summary>
    public HashSet<string> Of(Type type)
    {
        var found = new HashSet<string>();
        foreach (MethodInfo method in type.GetMethods(All))
        {
            found.UnionWith(CallsOf(method));
        }

        return found;
    }

    private void AddDelegate(Delegate act, HashSet<string> found, HashSet<Delegate> seen)
    {
        if (!seen.Add(act))
        {
            return; // a closure keeps the delegates that were made of it
        }

        found.UnionWith(CallsOf(act.Method));
        switch (act.Target)
        {
            case CrashOperation inner:
                AddDelegate(inner.Do, found, seen);
                break;
            case { } closure when closure.GetType().IsDefined(typeof(CompilerGeneratedAttribute)):
                foreach (FieldInfo field in closure.GetType().GetFields(All & ~BindingFlags.Static))
                {
                    switch (field.GetValue(closure))
                    {
                        case CrashOperation inner:
                            AddDelegate(inner.Do, found, seen);
                            break;
                        case Func<DiskPool, Task> or Func<ISnapshotChain, Task> or Func<IDisk, ValueTask> or Func<SnapshotPolicies, Task> or Func<SnapshotGroups, bool, Task<IReadOnlyList<GroupRollbackResult>>>:
                            AddDelegate((Delegate)field.GetValue(closure)!, found, seen);
                            break;
                        default:
                            break;
                    }
                }

                break;
            default:
                break;
        }
    }

    // The library's members that a method calls, itself or by others of the tests; of an asynchronous one, what its state machine calls.
    private HashSet<string> CallsOf(MethodBase method)
    {
        if (_known.TryGetValue(method, out HashSet<string>? found))
        {
            return found;
        }

        _known[method] = found = [];
        if (method.GetCustomAttribute<AsyncStateMachineAttribute>() is { } machine)
        {
            found.UnionWith(CallsOf(machine.StateMachineType.GetMethod("MoveNext", All)!));
            return found;
        }

        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            return found;
        }

        Type[] typeArguments = method.DeclaringType?.GetGenericArguments() ?? [];
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        foreach ((_, int token) in MethodCode.Calls(code, orDelegates: true))
        {
            MethodBase? called = method.Module.ResolveMethod(token, typeArguments, methodArguments);
            if (called?.DeclaringType?.Assembly == s_library)
            {
                found.Add($"{called.DeclaringType.Name}.{called.Name}");
            }
            else if (called?.DeclaringType?.Assembly == method.DeclaringType?.Assembly && called != method)
            {
                found.UnionWith(CallsOf(called!));
            }
        }

        return found;
    }
}
