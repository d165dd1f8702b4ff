using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace BlockSnap.Tests.Design;

/// <summary>The public surface of an assembly as text: types by name, then members, one line each.</summary>
internal static class PublicApi
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(double)] = "double",
        [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(char)] = "char", [typeof(float)] = "float",
    };

    public static string Render(Assembly assembly) => Render(assembly.GetExportedTypes());

    public static string Render(IEnumerable<Type> types)
    {
        var text = new StringBuilder();
        foreach (Type type in types.OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string member in Members(type))
            {
                text.Append("    ").Append(member).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Header(Type type)
    {
        string kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? (IsReadOnly(type) ? "readonly " : "") + (IsRecord(type) ? "record struct" : "struct")
            : (type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (IsRecord(type) ? "record" : "class");
        string flags = type.IsDefined(typeof(FlagsAttribute)) ? "[Flags] " : "";

        // What a base or an interface brings by itself is left out; IEquatable<itself> comes with every record.
        IEnumerable<Type> inherited = (type.BaseType?.GetInterfaces() ?? []).Concat(type.GetInterfaces().SelectMany(i => i.GetInterfaces()));
        IEnumerable<Type> bases = type.IsEnum ? []
            : (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? [parent] : Array.Empty<Type>())
                .Concat(type.GetInterfaces().Except(inherited).Where(i => i.IsVisible && i != typeof(IEquatable<>).MakeGenericType(type)).OrderBy(i => i.FullName, StringComparer.Ordinal));
        string list = string.Join(", ", bases.Select(Name));
        return $"{flags}{kind} {type.Namespace}.{Name(type)}{(list.Length > 0 ? " : " + list : "")}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}");
        }

        // Fields, constructors, properties and methods, each by name.
        return
        [
            .. type.GetFields(All).Where(field => IsVisible(field.Attributes)).OrderBy(field => field.Name, StringComparer.Ordinal).Select(Field),
            .. type.GetConstructors(All).Where(IsVisible).Where(IsWritten).Select(method => $"{Access(method)}{Name(type)}({Parameters(method)})").Order(StringComparer.Ordinal),
            .. type.GetProperties(All).Where(property => property.GetAccessors(true).Any(IsVisible) && property.Name != "EqualityContract").OrderBy(property => property.Name, StringComparer.Ordinal).Select(Property),
            .. type.GetEvents(All).Where(item => IsVisible(item.AddMethod!)).Select(item => $"event {Name(item.EventHandlerType!)} {item.Name}").Order(StringComparer.Ordinal),
            .. type.GetMethods(All).Where(IsVisible).Where(method => IsWritten(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)))
                .Select(method => (method.Name, Text: Method(method))).OrderBy(method => method.Name, StringComparer.Ordinal).ThenBy(method => method.Text, StringComparer.Ordinal).Select(method => method.Text),
        ];
    }

    private static string Field(FieldInfo field)
        => $"{(field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : ""))}{Name(field.FieldType, s_nullability.Create(field))} {field.Name}{(field.IsLiteral ? " = " + Constant(field.GetRawConstantValue()) : "")}";

    private static string Property(PropertyInfo property)
    {
        MethodInfo any = property.GetAccessors(true).First(IsVisible);
        string get = property.GetMethod is { } getter && IsVisible(getter) ? "get; " : "";
        string set = property.SetMethod is { } setter && IsVisible(setter)
            ? setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; "
            : "";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        string index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : "";
        return $"{Access(any)}{required}{Modifiers(any)}{Name(property.PropertyType, s_nullability.Create(property))} {property.Name}{index} {{ {get}{set}}}";
    }

    private static string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        return $"{Access(method)}{Modifiers(method)}{Name(method.ReturnType, s_nullability.Create(method.ReturnParameter))} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string by = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        string value = parameter.HasDefaultValue ? " = " + (parameter.DefaultValue is null ? (type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null") : Constant(parameter.DefaultValue)) : "";
        return $"{by}{Name(type, s_nullability.Create(parameter))} {parameter.Name}{value}";
    }

    private static string Constant(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!,
    };

    private static string Access(MethodBase method) => method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "";

    private static string Modifiers(MethodInfo method)
        => method.DeclaringType!.IsInterface ? (method.IsStatic ? "static " : "")
        : method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : method.IsVirtual && method.GetBaseDefinition() != method ? (method.IsFinal ? "sealed override " : "override ")
        : method is { IsVirtual: true, IsFinal: false } ? "virtual "
        : "";

    private static string Name(Type type) => Name(type, null);

    private static string Name(Type type, NullabilityInfo? nullability)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        string mark = nullability is not null && !type.IsValueType && (nullability.ReadState == NullabilityState.Nullable || nullability.WriteState == NullabilityState.Nullable) ? "?" : "";
        if (type.IsArray)
        {
            return Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        }

        if (s_keywords.TryGetValue(type, out string? keyword))
        {
            return keyword + mark;
        }

        string name = type.DeclaringType is { } outer && !type.IsGenericParameter ? $"{Name(outer)}.{type.Name}" : type.Name;
        if (type.IsGenericType)
        {
            IEnumerable<string> arguments = type.GetGenericArguments().Select((argument, i) => Name(argument, nullability is { GenericTypeArguments.Length: > 0 } known ? known.GenericTypeArguments[i] : null));
            name = $"{name.Split('`')[0]}<{string.Join(", ", arguments)}>";
        }

        return name + mark;
    }

    private static bool IsRecord(Type type)
        => type.GetMethod("PrintMembers", All) is { } print && print.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsReadOnly(Type type) => type.IsDefined(typeof(IsReadOnlyAttribute));

    // Not what the compiler adds to a record.
    private static bool IsWritten(MethodBase method) => !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsRecordCopy(method);

    private static bool IsRecordCopy(MethodBase method)
        => method.IsConstructor && method.GetParameters() is [var only] && only.ParameterType == method.DeclaringType && IsRecord(method.DeclaringType!);

    private static bool IsVisible(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    private static bool IsVisible(FieldAttributes attributes)
        => (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem;
}
