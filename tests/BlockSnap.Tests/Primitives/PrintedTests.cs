using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using BlockSnap.Primitives;

namespace BlockSnap.Tests.Primitives;

public sealed class PrintedTests
{
    private static readonly Type[] s_records =
    [
        .. typeof(DiskPool).Assembly.GetExportedTypes().Where(type => type.GetMethod("<Clone>$") is not null && ListsOf(type).Any()),
    ];

    // What users log are reports, and a report is mostly lists: those printed as the names of their types.
    [Fact]
    public void EveryPublicRecord_PrintsWhatIsInItsLists()
    {
        Assert.True(s_records.Length > 10);
        foreach (Type type in s_records)
        {
            foreach (object record in new[] { Made(type), Assigned(type) })
            {
                string text = record.ToString()!;
                Assert.All(ListsOf(type), list => Assert.Contains($"{list.Name} = [", text));
                Assert.DoesNotContain("System.", text);
            }
        }
    }

    [Fact]
    public void Of_ManyItems_PrintsTheFirstOfThem() =>
        Assert.Equal("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 90 more]", $"{Printed.Of([.. Enumerable.Range(0, 100)])}");

    [Fact]
    public void Of_Dictionary_PrintsItsPairs() => Assert.Equal("[a=1]", $"{Printed.Of(new Dictionary<string, string> { ["a"] = "1" })}");

    // As it was when records held the lists themselves.
    [Fact]
    public void Of_TheSameList_IsEqual()
    {
        int[] list = [1];
        Assert.True(Printed.Of(list).Equals(Printed.Of(list))); // not Assert.Equal, which compares what is in them
        Assert.Same(Printed.Of<int>([]), Printed.Of(new List<int>()));
        IReadOnlyList<int> printed = Printed.Of(list);
        Assert.Same(printed, Printed.Of(printed));
    }

    private static IEnumerable<PropertyInfo> ListsOf(Type type) =>
        type.GetProperties().Where(property => property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)));

    private static object Made(Type type) =>
        type.GetConstructors().FirstOrDefault(each => TakesFacts(each, type)) is { } primary
            ? primary.Invoke([.. primary.GetParameters().Select(parameter => Sample(parameter.ParameterType))])
            : Assigned(type);

    // Neither without parameters nor a record's copy constructor.
    private static bool TakesFacts(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is { Length: > 0 } parameters && parameters[0].ParameterType != type;

    private static object Assigned(Type type)
    {
        object record = RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo list in ListsOf(type))
        {
            list.SetValue(record, Sample(list.PropertyType));
        }

        return record;
    }

    private static object? Sample(Type type)
    {
        if (type == typeof(IReadOnlyDictionary<string, string>))
        {
            return new Dictionary<string, string> { ["key"] = "value" };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var array = Array.CreateInstance(type.GenericTypeArguments[0], 1);
            array.SetValue(Sample(type.GenericTypeArguments[0]), 0);
            return array;
        }

        return type == typeof(string) ? "text" : type.IsValueType ? RuntimeHelpers.GetUninitializedObject(type) : null;
    }
}
