using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Galley.Testing.Tests;

/// <summary>What others can call is recorded in `PublicAPI.txt` beside each package's project, so that a change of it shows in review. GALLEY_WRITE_API=1 records it anew.</summary>
public class PublicApiTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    public static TheoryData<string> Packages => ["Galley", "Galley.Testing", "Galley.Testing.Playwright", "Galley.Functions"];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_API_is_the_recorded_one(string package)
    {
        var file = Path.Combine(Root(), "src", package, "PublicAPI.txt");
        var surface = Surface(Assembly.Load(package));
        if (Environment.GetEnvironmentVariable("GALLEY_WRITE_API") == "1") File.WriteAllText(file, surface);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == surface, $"The public API of {package} is not what {file} says. If that is meant, run the tests once with GALLEY_WRITE_API=1 and commit the file.\n{surface}");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Nothing_public_lacks_its_documentation(string package)
    {
        var assembly = Assembly.Load(package);
        var documented = XDocument.Load(Path.Combine(AppContext.BaseDirectory, package + ".xml")).Descendants("member").Where(member => member.Value.Trim().Length > 0 || member.Elements("inheritdoc").Any()).Select(member => member.Attribute("name")!.Value).ToHashSet();
        var missing = assembly.GetExportedTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(type => Members(type).Where(member => member is not (ConstructorInfo or FieldInfo { IsSpecialName: true }) || member is ConstructorInfo made && made.GetParameters().Length > 0 && !IsRecord(type)).Where(member => !IsDelegate(type) && !IsOfRecord(type, member)).Select(member => IdOf(type, member)).Prepend("T:" + type.FullName!.Replace('+', '.')))
            .Where(id => !documented.Contains(id) && !documented.Any(known => known.StartsWith(id + "(", StringComparison.Ordinal) || known.StartsWith(id + "``", StringComparison.Ordinal))).ToList();
        Assert.Empty(missing);
    }

    private static string Surface(Assembly assembly)
    {
        var lines = new List<string>();
        foreach (var type in assembly.GetExportedTypes())
        {
            lines.Add($"{Kind(type)} {Name(type)}{(type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum) && parent != typeof(MulticastDelegate) ? " : " + Name(parent) : "")}");
            lines.AddRange(Members(type).Where(member => !IsDelegate(type) || member.Name == "Invoke").Select(member => $"{Name(type)}.{Text(type, member)}"));
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal)) + "\n";
    }

    internal static IEnumerable<MemberInfo> Members(Type type)
        => type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member switch
            {
                MethodBase method => (method.IsPublic || method.IsFamily) && !(method.IsSpecialName && method is MethodInfo) && !method.IsDefined(typeof(CompilerGeneratedAttribute)),
                PropertyInfo property => property.GetMethod is { IsPublic: true } or { IsFamily: true },
                FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
                _ => false,
            });

    internal static string Text(Type type, MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"{type.Name}({Parameters(constructor)})",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{method.Name}{(method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "")}({Parameters(method)}) -> {Name(method.ReturnType)}",
        PropertyInfo property => $"{(property.GetMethod!.IsStatic ? "static " : "")}{property.Name}{(property.GetIndexParameters() is { Length: > 0 } index ? $"[{string.Join(", ", index.Select(one => Name(one.ParameterType)))}]" : "")} {{ get;{(property.SetMethod is { IsPublic: true } set ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? " init;" : " set;" : "")} }} -> {Name(property.PropertyType)}{(Nullability.Create(property).ReadState == NullabilityState.Nullable && !property.PropertyType.IsValueType ? "?" : "")}",
        FieldInfo field => $"{field.Name}{(type.IsEnum ? " = " + Convert.ToInt64(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture) : field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")} -> {Name(field.FieldType)}",
        _ => member.Name,
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)}{(Nullability.Create(parameter).WriteState == NullabilityState.Nullable && !parameter.ParameterType.IsValueType ? "?" : "")} {parameter.Name}{(parameter.HasDefaultValue ? " = " + (parameter.DefaultValue ?? "null") : "")}"));

    internal static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner) + "?";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (!type.IsGenericType) return type.IsGenericParameter ? type.Name : type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true ? type.Name : type.FullName ?? type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

    private static string Kind(Type type) => type.IsEnum ? "enum" : IsDelegate(type) ? "delegate" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class" : IsRecord(type) ? "record" : type.IsSealed ? "sealed class" : "class";

    internal static bool IsDelegate(Type type) => type.IsSubclassOf(typeof(MulticastDelegate));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    /// <summary>What the compiler makes of a record, and what its parameters' documentation covers.</summary>
    internal static bool IsOfRecord(Type type, MemberInfo member)
        => IsRecord(type) && (member is MethodInfo { Name: "ToString" or "Deconstruct" or "PrintMembers" or "<Clone>$" or "Equals" or "GetHashCode" } || member.Name == "EqualityContract" || type.GetConstructors().Any(made => made.GetParameters().Any(parameter => parameter.Name == member.Name)))
           || type.IsSubclassOf(typeof(System.Text.Json.Serialization.JsonSerializerContext));

    private static string IdOf(Type type, MemberInfo member)
    {
        var of = type.FullName!.Replace('+', '.');
        return member switch
        {
            ConstructorInfo => $"M:{of}.#ctor",
            MethodInfo method => $"M:{of}.{method.Name}",
            PropertyInfo property => $"P:{of}.{property.Name}",
            _ => $"F:{of}.{member.Name}",
        };
    }

    /// <summary>The repository's folder.</summary>
    internal static string Root() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private static string Here([CallerFilePath] string path = "") => path;
}
