using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Galley.CloudFront;

/// <summary>
/// What an element of a CloudFront configuration may hold, in AWS's order, with AWS's defaults. Reading fills in what is missing,
/// checks what is there, and refuses by name what Galley does not have. The same table reads CloudFormation's JSON form.
/// </summary>
internal abstract record Shape(string Name)
{
    public bool Required { get; init; }

    /// <summary>Name in CloudFormation where it is another.</summary>
    public string? JsonName { get; init; }

    /// <summary>The element with defaults; null when it is absent and has none.</summary>
    public XElement? Read(XElement? given, string path)
    {
        if (given is not null) return Take(given, path);
        return Required ? throw Errors.Missing(path) : Absent(path);
    }

    protected abstract XElement? Take(XElement given, string path);

    protected abstract XElement? Absent(string path);

    /// <summary>The XML form of CloudFormation's JSON.</summary>
    public abstract XElement FromJson(JsonNode json, string path);

    /// <summary>CloudFormation's JSON of the XML form; null for what says no more than nothing does.</summary>
    public abstract JsonNode? ToJson(XElement element);

    public static Text Text(string name, string? absent = null, params string[] oneOf) => new(name, absent) { OneOf = oneOf };

    public static Text Flag(string name, string? absent = null) => new(name, absent) { OneOf = ["true", "false"] };

    public static Number Number(string name, long? absent, long least, long most) => new(name, absent, least, most);

    /// <summary>A setting that only its idle value is taken for.</summary>
    public static Text Only(string name, string idle, bool shown = true) => new(name, shown ? idle : null) { Idle = idle };

    public static Structure Structure(string name, bool always, params Shape[] members) => new(name, always, members);

    public static List List(string name, string item, bool always = true) => new(name, new Text(item, null), always);

    public static List List(string name, Shape item, bool always = true) => new(name, item, always);
}

internal sealed record Text(string Name, string? Default) : Shape(Name)
{
    public string[] OneOf { get; init; } = [];

    public string? Idle { get; init; }

    /// <summary>An empty element counts as none.</summary>
    public bool DropEmpty { get; init; }

    protected override XElement? Take(XElement given, string path)
    {
        if (given.HasElements) throw Errors.MalformedXml();
        if (Idle is not null && given.Value.Length > 0 && given.Value != Idle) throw Errors.NotSupported($"{path} {given.Value}");
        if (given.Value.Length == 0 && DropEmpty) return null;
        if (given.Value.Length == 0 && Default is not null) return new XElement(Name, Default);
        if (OneOf.Length > 0 && !OneOf.Contains(given.Value)) throw Errors.InvalidArgument($"The parameter {path} has the value {given.Value}; it must be one of {string.Join(", ", OneOf)}.");
        return new XElement(Name, given.Value);
    }

    protected override XElement? Absent(string path) => Default is null ? null : new XElement(Name, Default);

    public override XElement FromJson(JsonNode json, string path) => json is JsonValue value
        ? new XElement(Name, value.TryGetValue(out bool flag) ? flag ? "true" : "false" : value.ToString())
        : throw Errors.InvalidArgument($"The property {path} must be a scalar.");

    public override JsonNode? ToJson(XElement element) => element.Value.Length == 0 && !Required || Idle is not null ? null
        : OneOf is ["true", "false"] ? JsonValue.Create(element.Value == "true") : JsonValue.Create(element.Value);
}

internal sealed record Number(string Name, long? Default, long Least, long Most) : Shape(Name)
{
    protected override XElement Take(XElement given, string path)
        => long.TryParse(given.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= Least && number <= Most
            ? new XElement(Name, number)
            : throw Errors.InvalidArgument($"The parameter {path} must be a number from {Least} to {Most}.");

    protected override XElement? Absent(string path) => Default is { } number ? new XElement(Name, number) : null;

    public override XElement FromJson(JsonNode json, string path) => new(Name, json.ToString());

    public override JsonNode? ToJson(XElement element) => JsonValue.Create(long.Parse(element.Value, CultureInfo.InvariantCulture));
}

/// <summary>Members in AWS's order.</summary>
/// <param name="Name">Element.</param>
/// <param name="Always">Made, with its defaults, when the request leaves it out.</param>
/// <param name="Members">What it may hold.</param>
internal sealed record Structure(string Name, bool Always, Shape[] Members) : Shape(Name)
{
    protected override XElement Take(XElement given, string path)
    {
        foreach (var child in given.Elements())
            if (!Array.Exists(Members, member => member.Name == child.Name.LocalName))
                throw Errors.NotSupported($"{path}.{child.Name.LocalName}");
        return new XElement(Name, Members.Select(member => member.Read(given.Element(member.Name), $"{path}.{member.Name}")));
    }

    protected override XElement? Absent(string path) => Always ? Take(new XElement(Name), path) : null;

    public override XElement FromJson(JsonNode json, string path)
    {
        if (json is not JsonObject properties) throw Errors.InvalidArgument($"The property {path} must be an object.");
        var element = new XElement(Name);
        foreach (var (name, value) in properties)
        {
            var member = Array.Find(Members, member => (member.JsonName ?? member.Name) == name) ?? throw Errors.NotSupported($"{path}.{name}");
            if (value is not null) element.Add(member.FromJson(value, $"{path}.{name}"));
        }

        return element;
    }

    public override JsonNode? ToJson(XElement element)
    {
        var json = new JsonObject();
        foreach (var member in Members)
            if (element.Element(member.Name) is { } child && member.ToJson(child) is { } said)
                json[member.JsonName ?? member.Name] = said;
        return json.Count > 0 || Required ? json : null;
    }
}

/// <summary>`Quantity` and `Items`; CloudFormation writes a plain array, or an object whose array is `Items`.</summary>
internal sealed record List(string Name, Shape Item, bool Always) : Shape(Name)
{
    /// <summary>Members before Quantity (`Enabled`).</summary>
    public Shape[] Before { get; init; } = [];

    /// <summary>Members after Items (`CachedMethods`).</summary>
    public Shape[] After { get; init; } = [];

    /// <summary>Values taken for granted when the request has no list.</summary>
    public string[] Default { get; init; } = [];

    /// <summary>Galley has not what the list is about: it must be empty.</summary>
    public bool Empty { get; init; }

    /// <summary>Fewest items.</summary>
    public int Least { get; init; }

    protected override XElement Take(XElement given, string path)
    {
        foreach (var child in given.Elements())
            if (child.Name.LocalName is not ("Quantity" or "Items") && !Before.Concat(After).Any(member => member.Name == child.Name.LocalName))
                throw Errors.NotSupported($"{path}.{child.Name.LocalName}");
        var items = given.Element("Items")?.Elements().ToList() ?? [];
        if (!int.TryParse(given.Element("Quantity")?.Value ?? throw Errors.Missing(path + ".Quantity"), NumberStyles.None, CultureInfo.InvariantCulture, out var quantity) || quantity != items.Count)
            throw Errors.InconsistentQuantities();
        if (Empty && items.Count > 0) throw Errors.NotSupported(path);
        if (items.Count < Least) throw Errors.Missing(path + ".Items");
        if (items.Exists(item => item.Name.LocalName != Item.Name)) throw Errors.MalformedXml();
        return Make(given, [.. items.Select((item, i) => Item.Read(item, $"{path}.{Item.Name}")!)], path);
    }

    protected override XElement? Absent(string path)
        => Always ? Make(new XElement(Name), [.. Default.Select(value => new XElement(Item.Name, value))], path) : null;

    public override XElement FromJson(JsonNode json, string path)
    {
        var element = new XElement(Name);
        var items = json as JsonArray;
        if (json is JsonObject properties)
            foreach (var (name, value) in properties)
                if (name == "Quantity")
                    continue;
                else if (name == "Items" || name == Item.Name + "s")
                    items = value as JsonArray;
                else if (Before.Concat(After).FirstOrDefault(member => (member.JsonName ?? member.Name) == name) is { } member && value is not null)
                    element.Add(member.FromJson(value, $"{path}.{name}"));
                else
                    throw Errors.NotSupported($"{path}.{name}");
        else if (items is null) throw Errors.InvalidArgument($"The property {path} must be a list.");
        if (items is { Count: > 0 } && json is JsonArray && Array.Exists(Before, member => member.Name == "Enabled")) element.Add(new XElement("Enabled", "true"));
        element.Add(Xml.Items([.. (items ?? []).Where(item => item is not null).Select(item => Item.FromJson(item!, path))]));
        return element;
    }

    public override JsonNode? ToJson(XElement element)
    {
        var items = new JsonArray([.. (element.Element("Items")?.Elements() ?? []).Select(Item.ToJson)]);
        if (Empty || items.Count == 0 && Before.Length + After.Length == 0) return null;
        if (After.Length == 0 && Before.All(member => member.Name == "Enabled")) return items.Count > 0 ? items : null;
        var json = new JsonObject();
        foreach (var member in Before.Concat(After))
            if (element.Element(member.Name) is { } child && member.ToJson(child) is { } said)
                json[member.JsonName ?? member.Name] = said;
        if (items.Count > 0) json["Items"] = items;
        return json.Count > 0 ? json : null;
    }

    private XElement Make(XElement given, List<XElement> items, string path) => new(Name,
        Before.Select(member => member.Read(given.Element(member.Name), $"{path}.{member.Name}")),
        Xml.Items(items),
        After.Select(member => member.Read(given.Element(member.Name), $"{path}.{member.Name}")));
}

/// <summary>A list without a quantity: `Items` alone.</summary>
internal sealed record Plain(string Name, string Item) : Shape(Name)
{
    protected override XElement Take(XElement given, string path)
        => given.Elements().All(item => item.Name.LocalName == Item && !item.HasElements) && given.HasElements ? new XElement(Name, given.Elements().Select(item => new XElement(Item, item.Value))) : throw Errors.Missing(path);

    protected override XElement? Absent(string path) => throw Errors.Missing(path);

    public override XElement FromJson(JsonNode json, string path)
        => json is JsonArray items ? new XElement(Name, items.Select(item => new XElement(Item, item!.ToString()))) : throw Errors.InvalidArgument($"The property {path} must be a list.");

    public override JsonNode? ToJson(XElement element) => new JsonArray([.. element.Elements().Select(item => JsonValue.Create(item.Value))]);
}
