using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Galley.Testing.Tests;

/// <summary>docs/reference has a page for each package, made of its public surface and the words beside it in the source. GALLEY_WRITE_REFERENCE=1 writes them anew.</summary>
public partial class ReferenceTests
{
    public static TheoryData<string> Packages => PublicApiTests.Packages;

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_reference_is_what_the_package_has(string package)
    {
        var file = Path.Combine(PublicApiTests.Root(), "docs", "reference", package.ToLowerInvariant().Replace('.', '-') + ".md");
        var page = Page(Assembly.Load(package), XDocument.Load(Path.Combine(AppContext.BaseDirectory, package + ".xml")));
        if (Environment.GetEnvironmentVariable("GALLEY_WRITE_REFERENCE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, page);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == page, $"{file} is old: run the tests once with GALLEY_WRITE_REFERENCE=1");
    }

    private static string Page(Assembly assembly, XDocument xml)
    {
        var words = xml.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
        var page = new StringBuilder($"# {assembly.GetName().Name}\n\nGenerated from the code.\n");
        foreach (var type in assembly.GetExportedTypes().Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute))).OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            page.Append($"\n## {Tidy(PublicApiTests.Name(type))}\n{Said(words, "T:" + DocName(type), "summary")}\n");
            var members = PublicApiTests.Members(type).Where(member => PublicApiTests.IsDelegate(type) ? member.Name == "Invoke" : !PublicApiTests.IsOfRecord(type, member) && member is not ConstructorInfo { IsFamily: true })
                .Where(member => member is not ConstructorInfo made || made.GetParameters().Length > 0 && !made.GetParameters().Any(parameter => parameter.ParameterType == type)).ToList();
            if (members.Count > 0) page.Append("\n| | |\n|---|---|\n");
            foreach (var member in members.OrderBy(member => member is MethodInfo).ThenBy(member => type.IsEnum ? "" : member.Name, StringComparer.Ordinal))
                page.Append($"| `{Cell(Tidy(PublicApiTests.Text(type, member)))}` | {Cell(About(words, type, member))} |\n");
        }

        return page.ToString();
    }

    /// <summary>What a member is, its parameters, its answer and its errors.</summary>
    private static string About(Dictionary<string, XElement> words, Type type, MemberInfo member)
    {
        var id = IdOf(type, member);
        List<string> parts = [Said(words, id, "summary")];
        var takes = (member as MethodBase)?.GetParameters().Select(parameter => parameter.Name).ToHashSet();
        foreach (var one in Of(words, id, "param").Where(one => takes?.Contains(one.Attribute("name")!.Value) != false)) parts.Add($"`{one.Attribute("name")!.Value}`: {Text(one)}");
        if (Said(words, id, "returns") is { Length: > 0 } gives) parts.Add("Gives: " + gives);
        foreach (var one in Of(words, id, "exception")) parts.Add($"Throws `{Short(one.Attribute("cref")!.Value)}`: {Text(one)}");
        return string.Join("<br>", parts.Where(part => part.Length > 0));
    }

    private static string Said(Dictionary<string, XElement> words, string id, string what) => Of(words, id, what).Select(Text).FirstOrDefault("");

    /// <summary>The elements of a member, and where it lacks them those of the one that it inherits from.</summary>
    private static IEnumerable<XElement> Of(Dictionary<string, XElement> words, string id, string what)
    {
        if (!words.TryGetValue(id, out var member)) return [];
        var own = member.Elements(what).ToList();
        return own.Count == 0 && member.Element("inheritdoc")?.Attribute("cref")?.Value is { } from ? Of(words, from, what) : own;
    }

    private static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
            text.Append(node switch
            {
                XElement { Name.LocalName: "see" or "seealso" } see => $"`{Short(see.Attribute("cref")?.Value ?? see.Attribute("langword")?.Value ?? "")}`",
                XElement { Name.LocalName: "paramref" or "typeparamref" } name => $"`{name.Attribute("name")!.Value}`",
                XElement { Name.LocalName: "code" } => "",
                XElement other => $"`{other.Value}`",
                _ => node.ToString().Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal),
            });
        return Space().Replace(text.ToString(), " ").Trim();
    }

    private static string Short(string cref) => cref.Split('(')[0].Split('.', ':')[^1];

    private static string IdOf(Type type, MemberInfo member)
    {
        var of = DocName(type);
        return member switch
        {
            MethodBase method => $"M:{of}.{(method is ConstructorInfo ? "#ctor" : method.Name)}{(method.IsGenericMethod ? "``" + method.GetGenericArguments().Length : "")}{(method.GetParameters() is { Length: > 0 } parameters ? $"({string.Join(',', parameters.Select(parameter => DocName(parameter.ParameterType)))})" : "")}",
            PropertyInfo property => $"P:{of}.{property.Name}{(property.GetIndexParameters() is { Length: > 0 } index ? $"({string.Join(',', index.Select(parameter => DocName(parameter.ParameterType)))})" : "")}",
            _ => $"F:{of}.{member.Name}",
        };
    }

    /// <summary>A type as the compiler names it in its documentation file.</summary>
    private static string DocName(Type type)
    {
        if (type.IsGenericMethodParameter) return "``" + type.GenericParameterPosition;
        if (type.IsGenericParameter) return "`" + type.GenericParameterPosition;
        if (type.IsArray) return DocName(type.GetElementType()!) + "[]";
        if (!type.IsGenericType || type.IsGenericTypeDefinition) return type.FullName!.Replace('+', '.');
        return $"{type.GetGenericTypeDefinition().FullName!.Split('`')[0].Replace('+', '.')}{{{string.Join(',', type.GetGenericArguments().Select(DocName))}}}";
    }

    private static string Tidy(string signature)
    {
        foreach (var (name, alias) in ((string, string)[])[("String", "string"), ("Boolean", "bool"), ("Int32", "int"), ("Int64", "long"), ("Double", "double"), ("Object", "object"), ("Void", "void"), ("Byte", "byte")])
            signature = Regex.Replace(signature, $@"\b{name}\b", alias);
        return Namespace().Replace(signature, "$1").Replace(" -> ", " → ", StringComparison.Ordinal).Replace("→ void", "", StringComparison.Ordinal).TrimEnd();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"\b(?:Galley|Microsoft)(?:\.\w+)*\.(\w+)")]
    private static partial Regex Namespace();
}
