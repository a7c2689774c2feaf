using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Template;

/// <summary>A template's parameter and what its values must satisfy. Patterns cannot backtrack, whatever the template says.</summary>
internal sealed record Parameter(string Name, string Type)
{
    private static readonly HashSet<string> Members =
        ["Type", "Default", "NoEcho", "Description", "AllowedValues", "AllowedPattern", "ConstraintDescription", "MinLength", "MaxLength", "MinValue", "MaxValue"];

    private const int MaxLengthOfAll = 4096;

    public string? Default { get; init; }

    public bool NoEcho { get; init; }

    public string? Description { get; init; }

    public string? ConstraintDescription { get; init; }

    public string? AllowedPattern { get; init; }

    public IReadOnlyList<string>? AllowedValues { get; init; }

    public decimal? MinLength { get; init; }

    public decimal? MaxLength { get; init; }

    public decimal? MinValue { get; init; }

    public decimal? MaxValue { get; init; }

    public bool IsList => Type is "CommaDelimitedList" or "AWS::SSM::Parameter::Value<List<String>>" or "AWS::SSM::Parameter::Value<CommaDelimitedList>" || Type.StartsWith("List<", StringComparison.Ordinal);

    /// <summary>Whether what is given is the name of a Systems Manager parameter, whose value is meant.</summary>
    public bool IsOfStore => IsStored(Type);

    private static bool IsStored(string type) => type is "AWS::SSM::Parameter::Value<String>" or "AWS::SSM::Parameter::Value<List<String>>" or "AWS::SSM::Parameter::Value<CommaDelimitedList>";

    public static Parameter Read(string name, JsonObject body)
    {
        foreach (var (member, _) in body)
            if (!Members.Contains(member))
                throw Errors.Validation($"Invalid template parameter property '{member}'");
        var type = Text("Type") ?? throw Errors.Format("Every Parameters object must contain a Type member.");
        if (type is not ("String" or "Number" or "CommaDelimitedList" or "List<Number>" or "List<String>" or "AWS::SSM::Parameter::Name" or Zones.ParameterType or Zones.ListType) && !IsStored(type))
        {
            if (type.StartsWith("AWS::", StringComparison.Ordinal) || type.StartsWith("List<AWS::", StringComparison.Ordinal))
                throw Errors.NotSupported($"the parameter type {type} (parameter {name})");
            throw Errors.Format($"Unrecognized parameter type: {type}");
        }

        return new Parameter(name, type)
        {
            Default = Text("Default"),
            NoEcho = string.Equals(Text("NoEcho"), "true", StringComparison.OrdinalIgnoreCase),
            Description = Text("Description"),
            ConstraintDescription = Text("ConstraintDescription"),
            AllowedPattern = Text("AllowedPattern"),
            AllowedValues = (body["AllowedValues"] as JsonArray)?.Select(value => Scalars.Text(value) ?? "").ToList(),
            MinLength = Limit("MinLength"),
            MaxLength = Limit("MaxLength"),
            MinValue = Limit("MinValue"),
            MaxValue = Limit("MaxValue"),
        };

        string? Text(string member) => StackTemplate.Text(body[member], $"/Parameters/{name}/{member}");

        decimal? Limit(string member) => Text(member) is not { } text ? null
            : Number(text) ?? throw Errors.Format($"[/Parameters/{name}/{member}] must be a number.");
    }

    /// <summary>The value as `Ref` gives it: text, or a list.</summary>
    public JsonNode Value(string text) => IsList ? new JsonArray([.. Items(text).Select(item => JsonValue.Create(item))]) : JsonValue.Create(text);

    public void Check(string value)
    {
        if (value.Length > MaxLengthOfAll) throw Fails($"must contain at most {MaxLengthOfAll} characters");
        foreach (var item in IsList ? Items(value) : [value]) CheckItem(item);
    }

    /// <summary>A zone that the region does not have is no value of a type for zones.</summary>
    public void CheckZones(string value, string region)
    {
        if (Type is not (Zones.ParameterType or Zones.ListType)) return;
        foreach (var item in IsList ? Items(value) : [value])
            if (!Zones.Of(region).Contains(item))
                throw Errors.Validation($"Parameter validation failed: parameter value {item} for parameter name {Name} does not exist.");
    }

    private void CheckItem(string value)
    {
        if (Type is "Number" or "List<Number>")
        {
            if (Number(value) is not { } number) throw Errors.Validation($"Parameter '{Name}' must be a number");
            if (number < MinValue) throw Fails($"must be a number not less than {MinValue}");
            if (number > MaxValue) throw Fails($"must be a number not greater than {MaxValue}");
        }

        if (AllowedValues is not null && !AllowedValues.Contains(value)) throw Fails("must be one of AllowedValues");
        if (value.Length < MinLength) throw Fails($"must contain at least {MinLength} characters");
        if (value.Length > MaxLength) throw Fails($"must contain at most {MaxLength} characters");
        if (AllowedPattern is not null && !Pattern(AllowedPattern).IsMatch(value)) throw Fails($"must match pattern {AllowedPattern}");
    }

    private Regex Pattern(string pattern)
    {
        try
        {
            return new Regex($@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Errors.Format($"AllowedPattern of parameter {Name} is not a pattern that can be decided: {pattern}");
        }
    }

    private Wire.AwsError Fails(string rule) => Errors.Validation(ConstraintDescription is null
        ? $"Parameter '{Name}' {rule}"
        : $"Parameter '{Name}' failed to satisfy constraint: {ConstraintDescription}");

    private static IEnumerable<string> Items(string text) => text.Length == 0 ? [] : text.Split(',').Select(item => item.Trim());

    private static decimal? Number(string text)
        => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
